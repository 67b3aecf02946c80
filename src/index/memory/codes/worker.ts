import { workerData } from 'node:worker_threads';
import { answerCalls } from '../../../runtime/thread.ts';
import type { ShardOptions } from './coded-rows.ts';
import { CodedShard } from './shard.ts';

/** Methods of a shard that the pool calls. */
export type ShardMethods = Pick<
  CodedShard,
  'append' | 'scan' | 'codesOf' | 'bounds' | 'sketched' | 'load'
>;

answerCalls<ShardMethods>(CodedShard.create(workerData as ShardOptions));

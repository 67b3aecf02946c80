import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Tasks } from '../../../src/contract/tasks.ts';
import { tasksRequest } from './requests.ts';

/** What is done in the background, as the server tells it; while it tells nothing, it is asked. */
export function useTasks() {
  const queries = useQueryClient();
  const [isTold, setTold] = useState(false);
  const request = tasksRequest();
  const answer = useQuery({ ...request, ...(isTold && { refetchInterval: false as const }) });
  const allowed = answer.data?.allowed ?? false;
  useEffect(() => {
    // Whoever may change nothing is told nothing.
    if (!allowed) return;
    const events = new EventSource('api/v1/tasks/events');
    events.addEventListener('tasks', (event: MessageEvent<string>) => {
      setTold(true);
      queries.setQueryData<Tasks>(request.queryKey, JSON.parse(event.data));
    });
    events.addEventListener('error', () => setTold(false));
    return () => {
      events.close();
      setTold(false);
    };
  }, [allowed, queries, request.queryKey[0]]);
  return answer;
}

import { closeSync, openSync, writeSync } from 'node:fs';

/*
 * The classic layout of HDF5 (superblock 0, groups as B-trees of version 1 with symbol tables), as h5py writes
 * it by default: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
 */

/** Entries of a symbol table node and children of a B-tree node: the library's defaults. */
const LEAF_K = 4;
const NODE_K = 16;
const UNDEFINED = 0xffff_ffff_ffff_ffffn;
/** Bytes of an object header as h5py leaves room for it. */
const HEADER = 272;
/** Bytes collected before they are written. */
const BLOCK = 2 ** 22;

interface Member {
  name: string;
  header: number;
  /** Of a group: where its B-tree and its heap are. */
  group?: { tree: number; heap: number };
}

interface OpenGroup {
  name: string;
  members: Member[];
}

/**
 * Writes an HDF5 file with one data set of 32-bit floats for each path, in the order in which they come. Of a
 * group that has ended nothing is kept, so what comes must stay within one group until it goes to the next.
 */
export class Hdf5File {
  private readonly descriptor: number;
  private readonly block = Buffer.alloc(BLOCK);
  private used = 0;
  private written = 0;
  private readonly open: OpenGroup[] = [{ name: '', members: [] }];

  constructor(path: string) {
    this.descriptor = openSync(path, 'w');
    this.append(Buffer.alloc(96));
  }

  /** Bytes so far. */
  get size(): number {
    return this.written + this.used;
  }

  add(path: string, vector: Float32Array): void {
    const steps = path.split('/');
    const name = steps.pop() as string;
    let depth = 0;
    while (depth < steps.length && this.open[depth + 1]?.name === steps[depth]) depth += 1;
    while (this.open.length > depth + 1) this.closeGroup();
    for (const step of steps.slice(depth)) this.open.push({ name: step, members: [] });
    const header = this.append(dataSetHeader(this.size + HEADER, vector.length));
    this.append(Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength));
    this.open.at(-1)?.members.push({ name, header });
  }

  close(): void {
    while (this.open.length > 1) this.closeGroup();
    const root = this.writeGroup(this.open[0] as OpenGroup);
    const end = this.size;
    this.flush();
    const head = Buffer.alloc(96);
    head.write('\x89HDF\r\n\x1a\n', 'latin1');
    head.writeUInt8(8, 13);
    head.writeUInt8(8, 14);
    head.writeUInt16LE(LEAF_K, 16);
    head.writeUInt16LE(NODE_K, 18);
    head.writeBigUInt64LE(UNDEFINED, 32);
    head.writeBigUInt64LE(BigInt(end), 40);
    head.writeBigUInt64LE(UNDEFINED, 48);
    writeEntry(head, 56, 0, root);
    writeSync(this.descriptor, head, 0, head.length, 0);
    closeSync(this.descriptor);
  }

  private closeGroup(): void {
    const group = this.open.pop() as OpenGroup;
    this.open.at(-1)?.members.push(this.writeGroup(group));
  }

  /** Writes the heap with the members' names, the symbol tables, the tree above them and the header. */
  private writeGroup({ name, members }: OpenGroup): Member {
    const names = members.map((member) => Buffer.from(member.name));
    const order = members.map((_, i) => i);
    order.sort((a, b) => Buffer.compare(names[a] as Buffer, names[b] as Buffer));
    const offsets = new Map<number, number>();
    const texts: Buffer[] = [Buffer.alloc(8)];
    let length = 8;
    for (const i of order) {
      const text = names[i] as Buffer;
      const padded = Buffer.alloc(8 * Math.ceil((text.length + 1) / 8));
      text.copy(padded);
      offsets.set(i, length);
      texts.push(padded);
      length += padded.length;
    }
    const segment = this.append(Buffer.concat(texts));
    const heapHeader = Buffer.alloc(32);
    heapHeader.write('HEAP', 'latin1');
    heapHeader.writeBigUInt64LE(BigInt(length), 8);
    heapHeader.writeBigUInt64LE(1n, 16);
    heapHeader.writeBigUInt64LE(BigInt(segment), 24);
    const heap = this.append(heapHeader);
    /** Nodes of the level below, each with the heap's offset of its last name. */
    let nodes: { at: number; last: number }[] = [];
    for (let from = 0; from < order.length; from += 2 * LEAF_K) {
      const inNode = order.slice(from, from + 2 * LEAF_K);
      const node = Buffer.alloc(8 + 2 * LEAF_K * 40);
      node.write('SNOD', 'latin1');
      node.writeUInt8(1, 4);
      node.writeUInt16LE(inNode.length, 6);
      for (const [slot, i] of inNode.entries()) {
        writeEntry(node, 8 + 40 * slot, offsets.get(i) as number, members[i] as Member);
      }
      nodes.push({ at: this.append(node), last: offsets.get(inNode.at(-1) as number) as number });
    }
    let level = 0;
    do {
      const above: typeof nodes = [];
      const size = 24 + 2 * NODE_K * 8 + (2 * NODE_K + 1) * 8;
      const first = this.size;
      const count = Math.ceil(nodes.length / (2 * NODE_K));
      let before = 0;
      for (let i = 0; i < count; i++) {
        const children = nodes.slice(2 * NODE_K * i, 2 * NODE_K * (i + 1));
        const node = Buffer.alloc(size);
        node.write('TREE', 'latin1');
        node.writeUInt8(level, 5);
        node.writeUInt16LE(children.length, 6);
        node.writeBigUInt64LE(i === 0 ? UNDEFINED : BigInt(first + (i - 1) * size), 8);
        node.writeBigUInt64LE(i === count - 1 ? UNDEFINED : BigInt(first + (i + 1) * size), 16);
        node.writeBigUInt64LE(BigInt(before), 24);
        for (const [slot, { at, last }] of children.entries()) {
          node.writeBigUInt64LE(BigInt(at), 32 + 16 * slot);
          node.writeBigUInt64LE(BigInt(last), 40 + 16 * slot);
          before = last;
        }
        above.push({ at: this.append(node), last: before });
      }
      nodes = above;
      level += 1;
    } while (nodes.length > 1);
    const tree = (nodes[0] as { at: number }).at;
    const header = Buffer.alloc(40);
    header.writeUInt8(1, 0);
    header.writeUInt16LE(1, 2);
    header.writeUInt32LE(1, 4);
    header.writeUInt32LE(24, 8);
    header.writeUInt16LE(0x11, 16);
    header.writeUInt16LE(16, 18);
    header.writeBigUInt64LE(BigInt(tree), 24);
    header.writeBigUInt64LE(BigInt(heap), 32);
    return { name, header: this.append(header), group: { tree, heap } };
  }

  /** Appends bytes and says where they are. */
  private append(bytes: Buffer): number {
    const at = this.size;
    if (this.used + bytes.length > BLOCK) this.flush();
    if (bytes.length > BLOCK) {
      this.written += writeAll(this.descriptor, bytes, this.written);
    } else {
      bytes.copy(this.block, this.used);
      this.used += bytes.length;
    }
    return at;
  }

  private flush(): void {
    this.written += writeAll(this.descriptor, this.block.subarray(0, this.used), this.written);
    this.used = 0;
  }
}

function writeAll(descriptor: number, bytes: Buffer, at: number): number {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, at + done);
  }
  return bytes.length;
}

/** An entry of a symbol table. */
function writeEntry(to: Buffer, at: number, name: number, { header, group }: Member): void {
  to.writeBigUInt64LE(BigInt(name), at);
  to.writeBigUInt64LE(BigInt(header), at + 8);
  if (group === undefined) return;
  to.writeUInt32LE(1, at + 16);
  to.writeBigUInt64LE(BigInt(group.tree), at + 24);
  to.writeBigUInt64LE(BigInt(group.heap), at + 32);
}

/** The header of a data set of 32-bit floats that begin at `data`. */
function dataSetHeader(data: number, length: number): Buffer {
  const header = Buffer.alloc(HEADER);
  let at = 16;
  let messages = 0;
  const message = (type: number, size: number): number => {
    header.writeUInt16LE(type, at);
    header.writeUInt16LE(size, at + 2);
    const body = at + 8;
    at = body + size;
    messages += 1;
    return body;
  };
  const space = message(0x01, 24);
  header.set([1, 1, 1], space);
  header.writeBigUInt64LE(BigInt(length), space + 8);
  header.writeBigUInt64LE(BigInt(length), space + 16);
  const type = message(0x03, 24);
  // Version 1, class float; little-endian, the mantissa's first bit implied, the sign in bit 31.
  header.set([0x11, 0x20, 31, 0], type);
  header.writeUInt32LE(4, type + 4);
  header.set([0, 0, 32, 0, 23, 8, 0, 23, 127], type + 8);
  const fill = message(0x05, 8);
  header.set([2, 2, 2, 1], fill);
  const layout = message(0x08, 24);
  header.set([3, 1], layout);
  header.writeBigUInt64LE(BigInt(data), layout + 2);
  header.writeBigUInt64LE(BigInt(4 * length), layout + 10);
  message(0x00, HEADER - at - 8);
  header.writeUInt8(1, 0);
  header.writeUInt16LE(messages, 2);
  header.writeUInt32LE(1, 4);
  header.writeUInt32LE(HEADER - 16, 8);
  return header;
}

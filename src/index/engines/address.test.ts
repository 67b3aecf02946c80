import { describe, expect, it } from 'vitest';
import { parseEngine } from './address.ts';

describe('address of an engine', () => {
  it('names hosts with their ports and TLS', () => {
    expect(parseEngine('weaviate=a:8080,https://b.example:443:444,[::1]:80')).toMatchObject([
      { host: 'a', port: 8080, grpcPort: 50051, secure: false },
      { host: 'b.example', port: 443, grpcPort: 444, secure: true },
      { host: '::1', port: 80, grpcPort: 50051, secure: false },
    ]);
  });

  it.each([
    'a:8080',
    'weaviate=',
    'weaviate=a',
    'weaviate=a:99999',
    'weaviate=a:1,a:1',
    'weaviate=ftp://a:1',
  ])('refuses %s', (text) => {
    expect(() => parseEngine(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('gives a key to this machine or by TLS only', () => {
    expect(() => parseEngine('weaviate=a:1', 'key')).toThrow('without TLS');
    expect(() => parseEngine('weaviate=127.example.org:1', 'key')).toThrow('without TLS');
    expect(parseEngine('weaviate=https://a:1,127.0.0.1:2,[::1]:3,localhost:4', 'key')).toHaveLength(
      4,
    );
  });
});

import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect } from 'node:net';
import { decode, encode, type Message, type Partially } from '../../../../src/protobuf/message.js';

/** What a call of gRPC failed with. */
export class GrpcError extends Error {
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

/**
 * A client of gRPC over a UNIX socket, for calls with one request and one response.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export class GrpcClient {
  readonly #session: ClientHttp2Session;

  constructor(path: string) {
    this.#session = connectHttp2('http://localhost', { createConnection: () => connect(path) });
    this.#session.on('error', () => undefined);
  }

  /** `method` is `package.Service/Method`. @throws GrpcError */
  async call<In extends object, Out extends object>(method: string, from: In, asked: Partially<In>, to: Out): Promise<Message<Out>> {
    const stream = this.#session.request({ ':method': 'POST', ':path': `/${method}`, 'content-type': 'application/grpc', te: 'trailers' });
    const body = encode(from, asked);
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(body.length, 1);
    stream.end(Buffer.concat([prefix, body]));
    const parts: Buffer[] = [];
    // A response without a message has its status in the headers, any other one in the trailers.
    let status: Readonly<Record<string, unknown>> = {};
    stream.on('response', (headers) => (status = { ...status, ...headers }));
    stream.on('trailers', (trailers) => (status = { ...status, ...trailers }));
    stream.on('data', (data: Buffer) => parts.push(data));
    await new Promise<void>((resolve, reject) => {
      stream.on('error', reject);
      stream.on('close', resolve);
    });
    const code = Number(status['grpc-status'] ?? 2);
    if (code !== 0) throw new GrpcError(code, decodeURIComponent(String(status['grpc-message'] ?? 'the connection was closed')));
    return decode(to, Buffer.concat(parts).subarray(5));
  }

  close(): void {
    this.#session.destroy();
  }
}

import { connect } from 'node:http2';
import { createConnection } from 'node:net';

/** Calls of one server at a UNIX socket by gRPC (github.com/grpc/grpc, PROTOCOL-HTTP2.md), one message each way. */
export class GrpcClient {
  #session;
  #headers;

  constructor(socket, headers) {
    this.#session = connect('http://localhost', { createConnection: () => createConnection(socket) });
    this.#headers = headers;
  }

  /** `method` is `package.Service/Method`. Rejects with the server's message unless its status is 0. @returns {Promise<Buffer>} */
  call(method, message) {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({
        ':method': 'POST',
        ':path': `/${method}`,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...this.#headers,
      });
      const chunks = [];
      let status;
      const note = (headers) => {
        if (headers['grpc-status'] !== undefined) status = { code: Number(headers['grpc-status']), text: headers['grpc-message'] ?? '' };
      };
      stream.on('response', note).on('trailers', note).on('error', reject);
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', () => {
        if (status?.code === 0) resolve(Buffer.concat(chunks).subarray(5));
        else reject(new Error(`${method}: ${decodeURIComponent(status?.text ?? 'the server has closed the connection')}`));
      });
      const head = Buffer.alloc(5);
      head.writeUInt32BE(message.length, 1);
      stream.end(Buffer.concat([head, message]));
    });
  }

  close() {
    this.#session.close();
  }
}

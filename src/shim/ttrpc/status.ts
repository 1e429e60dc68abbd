/** Codes of gRPC, which ttrpc uses. */
export const code = {
  ok: 0,
  unknown: 2,
  invalidArgument: 3,
  notFound: 5,
  alreadyExists: 6,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  unavailable: 14,
} as const;

/** A failure as the client of a service receives it. Clients check the code; the text, which follows Go's, is for people. */
export class ServiceError extends Error {
  readonly code: number;

  constructor(failure: number, text: string) {
    super(text);
    this.code = failure;
  }
}

export const notFound = (what: string): ServiceError => new ServiceError(code.notFound, `${what}: not found`);
export const alreadyExists = (what: string): ServiceError => new ServiceError(code.alreadyExists, `${what}: already exists`);
export const failedPrecondition = (what: string): ServiceError => new ServiceError(code.failedPrecondition, `${what}: failed precondition`);
export const unimplemented = (what: string): ServiceError => new ServiceError(code.unimplemented, `${what}: not implemented`);
export const invalidArgument = (what: string): ServiceError => new ServiceError(code.invalidArgument, `${what}: invalid argument`);

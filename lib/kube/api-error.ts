/** What an API server, or the way to it, made of a request that did not succeed. */
export interface ApiFailure {
  /** Of the HTTP answer; 0 if there was none. */
  readonly status: number;
  /** Kubernetes' word for it, such as `Conflict`; `Unreachable` or `Timeout` if there was no answer. */
  readonly reason: string;
  readonly message: string;
  /** How long the server asks to be left alone, ms. */
  readonly retryAfterMs?: number | undefined;
}

/** A request that was not answered with success; `status` and `reason` say how. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMs: number | undefined;

  constructor({ status, reason, message, retryAfterMs }: ApiFailure, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may succeed later, without anything about it being changed. */
  get passing(): boolean {
    return this.status === 0 || this.status === 401 || this.status === 429 || this.status >= 500;
  }
}

/** Whether something failed that may succeed later, without anything about the request being changed. */
export function isPassing(error: unknown): error is ApiError {
  return error instanceof ApiError && error.passing;
}

/** Whether something failed since the API server answered with this status. */
export function isStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** However long a server asks to be left alone, ms: longer ones are mistakes, and no timer takes more than 25 days. */
const maxRetryAfterMs = 300_000;

/** What a server says of how long it is to be left alone, s, as ms. */
export function retryAfter(seconds: unknown): number | undefined {
  const ms = Number(seconds) * 1_000;
  return ms > 0 ? Math.min(ms, maxRetryAfterMs) : undefined;
}

/** What a `Status` object, or any other answer's body, says of a failure. */
export function failureOf(status: number, body: unknown): ApiFailure {
  const said = (typeof body === 'object' && body !== null ? body : {}) as {
    readonly reason?: unknown;
    readonly message?: unknown;
    readonly details?: { readonly retryAfterSeconds?: unknown };
  };
  const text = typeof body === 'string' ? body.trim().slice(0, 500) : '';
  return {
    status,
    reason: typeof said.reason === 'string' && said.reason !== ''
      ? said.reason
      : reasons[status] ?? `Status${status}`,
    message: typeof said.message === 'string' ? said.message : text,
    retryAfterMs: retryAfter(said.details?.retryAfterSeconds),
  };
}

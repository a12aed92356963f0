import { tooLarge, unreachable } from './error-table.ts';
import { type Service, VendorFailure } from './failure.ts';
import { AnswerTooLarge, type OutgoingRequest } from './send.ts';

/** Makes one request to a service. Throws a {@link VendorFailure} when no answer came; the caller judges the status. */
export const call = async <Answer>(
  service: Service,
  send: (request: OutgoingRequest) => Promise<Answer>,
  request: OutgoingRequest,
): Promise<Answer> => {
  try {
    return await send(request);
  } catch (error) {
    // What adds the credentials may have found one that can't be used; that is not the service's silence.
    if (error instanceof VendorFailure) throw error;
    const { host } = new URL(request.url);
    throw error instanceof AnswerTooLarge ? tooLarge(service, host, error.megabytes) : unreachable(service, host);
  }
};

import type { OutgoingRequest, Reply, Send } from '../../boundary/send.ts';

/** An answer as it comes over the wire: a text is sent as it is, all else as JSON. */
export const reply = (status: number, body: unknown = '', headers: Record<string, string> = {}): Reply => {
  const sent = new Headers(headers);
  return {
    status,
    header: (name) => sent.get(name),
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
};

/** A network that answers each request as this says, and keeps what it was asked; an error breaks the connection. */
export const networkOf = (
  answerTo: (request: OutgoingRequest, index: number) => Reply | Error | undefined,
): { send: Send; requests: OutgoingRequest[] } => {
  const requests: OutgoingRequest[] = [];
  const send: Send = async (request) => {
    const answer = answerTo(request, requests.push(request) - 1);
    if (answer === undefined) throw new Error('The test has no answer for this request.');
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { send, requests };
};

/** A network that gives these answers in this order. */
export const network = (...answers: (Reply | Error)[]) => networkOf((_request, index) => answers[index]);

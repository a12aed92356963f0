/** Deliveries that come about only because somebody here wants them. */
import { attemptDelivery, type Delivery, sendEvent } from './deliveries.ts';
import { makeEvent } from './events.ts';
import { type Forgery, forge } from './forgeries.ts';
import { findInterview } from './interviews.ts';
import type { KojiState } from './state.ts';
import { kojiEvents, type Webhook } from './webhooks.ts';

const lastEventOf = (koji: KojiState, interviewId: string): Delivery => {
  const last = koji.deliveries.findLast((entry) => entry.kind === 'event' && entry.interviewId === interviewId);
  if (last === undefined) throw new Error(`Nothing was delivered of interview ${interviewId} yet.`);
  return last;
};

/** The webhooks that have heard of the interview's last event and are still there. Throws when there was no event. */
export const reachedAgain = (koji: KojiState, interviewId: string): Webhook[] => {
  const { eventId } = lastEventOf(koji, interviewId);
  const told = new Set(koji.deliveries.filter((entry) => entry.eventId === eventId).map((entry) => entry.webhookId));
  return koji.webhooks.filter(({ id }) => told.has(id));
};

/** The interview's last event once more: same id, same bytes. Throws when there was none. */
export const deliverAgain = (koji: KojiState, interviewId: string): Promise<Delivery[]> => {
  const { eventId, event: name, body } = lastEventOf(koji, interviewId);
  const event = { id: eventId, name, createdAt: '', interviewId, data: {} };
  return toEach(reachedAgain(koji, interviewId), (webhook) => attemptDelivery(koji, webhook, event, body));
};

/** A false `interview.analysis_ready` of this interview, to each webhook of its project. */
export const deliverForged = (koji: KojiState, interviewId: string, how: Forgery): Promise<Delivery[]> => {
  const stored = findInterview(koji, interviewId);
  return toEach(
    koji.webhooks.filter(({ project }) => project === stored.project),
    (webhook) => forge(koji, webhook, makeEvent(koji, kojiEvents.analysisReady, stored), how),
  );
};

/** An event of any name, truly signed, to each webhook, whether it is subscribed to it or not. */
export const deliverEvent = (koji: KojiState, name: string, interviewId?: string): Promise<Delivery[]> => {
  const stored = interviewId === undefined ? null : findInterview(koji, interviewId);
  const event = makeEvent(koji, name, stored);
  return toEach(
    koji.webhooks.filter(({ project }) => stored === null || project === stored.project),
    (webhook) => sendEvent(koji, webhook, event),
  );
};

const toEach = async (
  webhooks: readonly Webhook[],
  send: (webhook: Webhook) => Promise<Delivery>,
): Promise<Delivery[]> => {
  const sent: Delivery[] = [];
  for (const webhook of webhooks) sent.push(await send(webhook));
  return sent;
};

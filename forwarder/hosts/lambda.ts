/** AWS Lambda: a function URL for requests, and a schedule of EventBridge for the work on the queue. */
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import * as z from 'zod';
import { answer, workOnQueue } from './serverless.ts';

const app = new Hono().all('*', (context) => answer(context.req.raw));
const answerUrl = handle(app);

/** What EventBridge sends. */
const schedule = z.object({ source: z.enum(['aws.events', 'aws.scheduler']) });

/** What Lambda calls. */
export const handler = async (event: Parameters<typeof answerUrl>[0], context: Parameters<typeof answerUrl>[1]) => {
  if (!schedule.safeParse(event).success) return answerUrl(event, context);
  await workOnQueue();
};

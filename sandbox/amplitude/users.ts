import { createHash } from 'node:crypto';
import { applyChange, clipProperties, type Properties } from './properties.ts';

/** An event as it was accepted, before it is known whether it is new. */
export type Arrival = {
  userId: string | null;
  deviceId: string | null;
  eventType: string;
  /** Null: the time of upload (A2). */
  time: number | null;
  insertId: string | null;
  eventProperties: Properties;
  userProperties: Properties;
  skipsUserPropertiesSync: boolean;
};

export type StoredEvent = {
  amplitudeId: number;
  userId: string | null;
  deviceId: string;
  eventType: string;
  insertId: string | null;
  time: number;
  receivedAt: number;
  eventProperties: Properties;
  /** The user's properties as this event shows them in charts. */
  userProperties: Properties;
};

export type AmplitudeUser = {
  amplitudeId: number;
  /** Null: known by a device only. */
  userId: string | null;
  deviceIds: string[];
  /** The user property table. */
  properties: Properties;
  /** The table as the web interface shows it: an Identify call is seen with the next event (A8). */
  shownProperties: Properties;
  /** False until the first event: an Identify call alone makes no new user (A8). */
  isKnown: boolean;
  events: StoredEvent[];
};

/** "within the past 7 days" (A4). */
const DEDUPE_MILLISECONDS = 7 * 24 * 60 * 60 * 1000;
const FIRST_AMPLITUDE_ID = 356_893_043_036;

/** "Missing `device_id` → set to a hash of `user_id`" (A3). */
const deviceOf = (userId: string): string => createHash('sha256').update(userId).digest('hex').slice(0, 36);

/** The people and events of one project. */
export class UserStore {
  readonly events: StoredEvent[] = [];
  readonly #users: AmplitudeUser[] = [];
  readonly #byUserId = new Map<string, AmplitudeUser>();
  readonly #byDeviceId = new Map<string, AmplitudeUser>();
  readonly #insertIds = new Map<string, number>();

  /** The people Amplitude has seen an event of, in the order of their first one. */
  get known(): AmplitudeUser[] {
    return this.#users.filter((user) => user.isKnown);
  }

  /** Also those that only an Identify call named. */
  get all(): readonly AmplitudeUser[] {
    return this.#users;
  }

  user(userId: string): AmplitudeUser | undefined {
    return this.#byUserId.get(userId);
  }

  /** Somebody Amplitude knows from long before, without events in this store; without a user id, by a device only. */
  put(userId: string | null, properties: Properties): AmplitudeUser {
    const user = this.#find(userId, userId === null ? `anonymous-device-${this.#users.length}` : deviceOf(userId));
    user.properties = applyChange(user.properties, properties);
    user.shownProperties = user.properties;
    user.isKnown = true;
    return user;
  }

  /** Updates the table and nothing else: no event, no new user (A8). */
  #identify(userId: string | null, deviceId: string, change: Properties): void {
    const user = this.#find(userId, deviceId);
    user.properties = applyChange(user.properties, change);
  }

  /** Takes events in the order of their arrival; one that was there before changes nothing (A4). */
  receive(arrival: Arrival, now: number): void {
    const deviceId = arrival.deviceId ?? deviceOf(arrival.userId ?? '');
    if (arrival.insertId !== null && this.#isDuplicate(`${deviceId}\n${arrival.insertId}`, now)) return;
    if (arrival.eventType === '$identify') {
      this.#identify(arrival.userId, deviceId, arrival.userProperties);
      return;
    }

    const user = this.#find(arrival.userId, deviceId);
    // `$skip_user_properties_sync`: the event keeps its own properties, the table stays (A5).
    if (!arrival.skipsUserPropertiesSync) {
      user.properties = applyChange(user.properties, arrival.userProperties);
      user.shownProperties = user.properties;
    }
    const event: StoredEvent = {
      amplitudeId: user.amplitudeId,
      userId: user.userId,
      deviceId,
      eventType: arrival.eventType,
      insertId: arrival.insertId,
      time: arrival.time ?? now,
      receivedAt: now,
      eventProperties: clipProperties(arrival.eventProperties),
      // Properties sent with an event show on that event at once (A8).
      userProperties: arrival.skipsUserPropertiesSync ? applyChange({}, arrival.userProperties) : user.properties,
    };
    user.isKnown = true;
    user.events.push(event);
    this.events.push(event);
  }

  /** The same `insert_id` on the same device within 7 days of the one that counted (A4). */
  #isDuplicate(key: string, now: number): boolean {
    const seenAt = this.#insertIds.get(key);
    if (seenAt !== undefined && now - seenAt <= DEDUPE_MILLISECONDS) return true;
    this.#insertIds.set(key, now);
    return false;
  }

  /** User ids are case-sensitive and never merged (A3); a device alone belongs to who used it last. */
  #find(userId: string | null, deviceId: string): AmplitudeUser {
    const found = userId === null ? this.#byDeviceId.get(deviceId) : this.#byUserId.get(userId);
    const user = found ?? this.#create(userId);
    if (!user.deviceIds.includes(deviceId)) user.deviceIds.push(deviceId);
    this.#byDeviceId.set(deviceId, user);
    return user;
  }

  #create(userId: string | null): AmplitudeUser {
    const user: AmplitudeUser = {
      amplitudeId: FIRST_AMPLITUDE_ID + this.#users.length,
      userId,
      deviceIds: [],
      properties: {},
      shownProperties: {},
      isKnown: false,
      events: [],
    };
    this.#users.push(user);
    if (userId !== null) this.#byUserId.set(userId, user);
    return user;
  }
}

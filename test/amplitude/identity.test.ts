import { type IdentifyBy, identify, identifyBy } from '../../amplitude/identity.ts';

const id = 'user_10042';
const email = 'ada@example.com';
const noUserId = { reason: 'no_user_id' };
const blocked = { reason: 'blocked_user_id' };

const identityOf = (person: { userId?: string; email?: string; idIsEmail?: boolean }, by: IdentifyBy) =>
  identify({ userId: person.userId ?? null, email: person.email ?? null, idIsEmail: person.idIsEmail ?? false }, by);

test('the choices keep their names, and the id, else the email, comes first as the default', () => {
  expect(identifyBy).toEqual(['id_then_email', 'id', 'email']);
});

describe('by the id, else the email', () => {
  test('the id is taken where there is one', () => {
    expect(identityOf({ userId: id, email }, 'id_then_email')).toEqual({ userId: 'user_10042', identifiedBy: 'id' });
  });

  test('the email is taken where there is no id', () => {
    expect(identityOf({ email }, 'id_then_email')).toEqual({ userId: 'ada@example.com', identifiedBy: 'email' });
  });

  test('an id of nothing but spaces is no id', () => {
    expect(identityOf({ userId: '  ', email }, 'id_then_email')).toEqual({
      userId: 'ada@example.com',
      identifiedBy: 'email',
    });
  });

  test('an id that is an email is taken as it is', () => {
    expect(identityOf({ userId: 'grace@example.com', email, idIsEmail: true }, 'id_then_email')).toEqual({
      userId: 'grace@example.com',
      identifiedBy: 'email',
    });
  });

  test('a placeholder in place of the id is not made good by the email: the mapping needs mending', () => {
    expect(identityOf({ userId: 'null', email }, 'id_then_email')).toEqual(blocked);
  });

  test('nobody is found without either', () => {
    expect(identityOf({}, 'id_then_email')).toEqual(noUserId);
  });
});

describe('by the id only', () => {
  test('the id is taken', () => {
    expect(identityOf({ userId: id, email }, 'id')).toEqual({ userId: 'user_10042', identifiedBy: 'id' });
  });

  test('the email is never used, because it would make a second user', () => {
    expect(identityOf({ email }, 'id')).toEqual(noUserId);
  });

  test('an id that is an email is no id', () => {
    expect(identityOf({ userId: email, email, idIsEmail: true }, 'id')).toEqual(noUserId);
  });
});

describe('by the email only', () => {
  test('the email is taken, whatever the id', () => {
    expect(identityOf({ userId: id, email }, 'email')).toEqual({ userId: 'ada@example.com', identifiedBy: 'email' });
  });

  test('the id is never used', () => {
    expect(identityOf({ userId: id }, 'email')).toEqual(noUserId);
  });

  test('a placeholder in place of the email is refused', () => {
    expect(identityOf({ email: 'n/a' }, 'email')).toEqual(blocked);
  });
});

test.each([
  ['with spaces around it', ' user_10042 '],
  ['with a line break behind it', 'user_10042\n'],
  ['in capitals', 'USER_10042'],
  ['in another script', 'Ünsal-用户-🙂'],
  ['in the decomposed form of a letter', 'e\u0301mile'],
  ['that starts with zeros', '00042'],
  ['of a single character', 'x'],
  ['that holds a blocked word', 'unknown-soldier'],
])('an id %s is passed on byte for byte', (_name, userId) => {
  expect(identityOf({ userId }, 'id')).toEqual({ userId, identifiedBy: 'id' });
});

test.each([
  'anonymous',
  'Anonymous',
  'ANONYMOUS',
  'nil',
  'none',
  'null',
  'NULL',
  ' null ',
  'n/a',
  'N/A',
  'na',
  'undefined',
  'unknown',
  '00000000-0000-0000-0000-000000000000',
  '{}',
  'lmy47d',
  'LMY47D',
  '0',
  '-1',
  '--',
  '#REF!',
  '{{user.id}}',
  'user_{{1__id}}',
])('the placeholder "%s" is nobody', (userId) => {
  expect(identityOf({ userId }, 'id')).toEqual(blocked);
});

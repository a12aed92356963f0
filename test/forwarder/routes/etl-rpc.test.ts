/** What Fivetran Activations (Census) and Hightouch ask over JSON-RPC, with the messages of their own pages. */
import { secrets } from '../../support/forwarder.ts';
import { type Here, startHere } from '../../support/forwarder-here.ts';

/** Deeper than a program can go down that calls itself for each step. */
const deep = `${'['.repeat(150_000)}${']'.repeat(150_000)}`;

let loop: Here;
beforeAll(async () => {
  loop = await startHere();
});
afterAll(() => loop.end());

const send = (body: string, path = '/etl/rpc', authorization = `Bearer ${secrets.etl}`) =>
  loop.post(path, body, { authorization, 'content-type': 'application/json' });
const answerTo = async (body: unknown) => (await send(JSON.stringify(body))).json();
/** The whole answer of one method. */
const call = (method: string, params: unknown = {}, id: string | number = '5da3749ace39c7d47791dcf3b10f9842') =>
  answerTo({ jsonrpc: '2.0', method, id, params });

const object = { object_api_name: 'respondent', label: 'Koji respondent' };
const field = (field_api_name: string, label: string, identifier = false) => ({
  field_api_name,
  label,
  identifier,
  required: identifier,
  createable: true,
  updateable: false,
  type: 'string',
  array: false,
});
const syncBatch = (records: unknown[], operation = 'insert') =>
  call('sync_batch', {
    sync_plan: {
      object,
      operation,
      sync_run_id: 602,
      sync_id: 309,
      schema: {
        external_id: { active_identifier: true, field: field('external_id', 'External id', true) },
        email: { active_identifier: false, field: field('email', 'Email') },
      },
    },
    records,
  });

describe('a custom destination of Activations', () => {
  test('the same id comes back, a text or a number', async () => {
    expect(await call('supported_operations', { object }, 'one')).toEqual({
      jsonrpc: '2.0',
      id: 'one',
      result: { operations: ['insert', 'upsert'] },
    });
    expect(await call('supported_operations', { object }, 7)).toMatchObject({ id: 7 });
  });

  test('test_connection asks Koji, and says in words what is wrong', async () => {
    expect(await call('test_connection')).toMatchObject({ result: { success: true } });
    loop.koji.failNext(() => true, { status: 401, body: { error: 'unauthorized', message: 'No.' } });
    expect(await call('test_connection')).toMatchObject({
      result: { success: false, error_message: expect.stringContaining('Koji') },
    });
  });

  test('there is one object with five fields, told apart by one of them', async () => {
    expect(await call('list_objects')).toMatchObject({
      result: { objects: [{ ...object, can_create_fields: 'on_write' }] },
    });
    expect(await call('list_fields', { object })).toMatchObject({
      result: {
        fields: [
          field('external_id', 'External id', true),
          field('email', 'Email'),
          field('display_name', 'Name'),
          field('mode', 'Mode (text or voice)'),
          field('locale', 'Language'),
        ],
      },
    });
  });

  test('get_sync_speed keeps batches small', async () => {
    expect(await call('get_sync_speed', { sync_plan: {} })).toMatchObject({
      result: { maximum_batch_size: 100, maximum_parallel_batches: 4, maximum_records_per_second: 1000 },
    });
  });

  test('each record gets its result, under the value of the active identifier', async () => {
    expect(
      await syncBatch([
        { external_id: 'u_1042', email: 'ana@example.com', plan: 'team' },
        { external_id: 'u_1043', email: 'nobody' },
        { external_id: 'u_1044', email: 'n/a' },
        { display_name: 'Nobody' },
      ]),
    ).toMatchObject({
      result: {
        record_results: [
          { identifier: 'u_1042', success: true },
          { identifier: 'u_1043', success: false, error_message: expect.stringContaining('one email address') },
          { identifier: 'u_1044', success: true },
          { identifier: null, success: false },
        ],
      },
    });
    await loop.nothingWaits();
    expect(loop.started().sort()).toEqual(['u_1042', 'u_1044']);
  });

  test('a record whose id is nested deep is refused under null, and the others are taken', async () => {
    const call = {
      jsonrpc: '2.0',
      id: 1,
      method: 'sync_batch',
      params: {
        sync_plan: { object, operation: 'insert', schema: { external_id: { active_identifier: true } } },
        records: [{ external_id: 'DEEP' }, { external_id: 'u_beside_deep' }],
      },
    };
    expect(await (await send(JSON.stringify(call).replace('"DEEP"', deep))).json()).toMatchObject({
      result: {
        record_results: [
          {
            identifier: null,
            success: false,
            error_message: expect.stringContaining('field external_id must be text'),
          },
          { identifier: 'u_beside_deep', success: true },
        ],
      },
    });
  });

  test('a record that comes again, twice at once or as an upsert, is a success and starts nobody twice', async () => {
    const again = { external_id: 'u_again', email: 'again@example.com' };
    const success = { identifier: 'u_again', success: true };
    expect(await syncBatch([again, again])).toMatchObject({ result: { record_results: [success, success] } });
    await loop.nothingWaits();
    expect(await syncBatch([again], 'upsert')).toMatchObject({ result: { record_results: [success] } });
    await loop.nothingWaits();
    expect(loop.started().filter((id) => id === 'u_again')).toHaveLength(1);
  });

  test.each(['update', 'delete', 'mirror'])('%s is refused for each record in one sentence', async (operation) => {
    expect(await syncBatch([{ external_id: 'u_gone' }], operation)).toMatchObject({
      result: {
        record_results: [
          {
            identifier: 'u_gone',
            success: false,
            error_message: expect.stringMatching(/^[^.]+ insert, or upsert\.$/),
          },
        ],
      },
    });
    expect(loop.started()).not.toContain('u_gone');
  });
});

describe('an embedded destination of Hightouch', () => {
  test('is told the same object and fields in its own words', async () => {
    expect(await call('list_objects', undefined)).toMatchObject({
      result: { objects: [{ id: 'respondent', label: 'Koji respondent' }] },
    });
    expect(await call('list_modes', { object: 'respondent' })).toMatchObject({
      result: { modes: [{ id: 'insert' }] },
    });
    expect(await call('list_fields', { object: 'respondent', mode: 'insert' })).toMatchObject({
      result: {
        fields: [
          { id: 'external_id', label: 'External id', type: 'STRING', identifier: true },
          { id: 'email', label: 'Email', type: 'STRING' },
          { id: 'display_name', label: 'Name', type: 'STRING' },
          { id: 'mode', label: 'Mode (text or voice)', type: 'STRING' },
          { id: 'locale', label: 'Language', type: 'STRING' },
        ],
      },
    });
    expect(await call('list_options', { object: 'respondent' })).toMatchObject({ result: { options: null } });
    expect(await call('validate', { configuration: {} })).toMatchObject({ result: { errors: [] } });
    expect(await call('behavior', { configuration: {} })).toMatchObject({
      result: { batchSize: 100, operations: { add: true, change: false, remove: false }, skipInitialRun: false },
    });
  });

  const configuration = {
    identifierMapping: { from: 'uid', to: 'external_id' },
    mappings: [{ from: 'mail', to: 'email' }],
  };

  test('added rows are mapped and started, and the bad ones come back with their id', async () => {
    const rows = [
      { uid: 'h_1', mail: 'h1@example.com', secret_column: 'x' },
      { uid: 'h_2', mail: 'nobody' },
    ];
    expect(await call('add', { idColumn: 'uid', configuration, rows })).toMatchObject({
      result: { rejectedRows: [{ id: 'h_2', error: expect.stringContaining('one email address') }] },
    });
    await loop.nothingWaits();
    expect(loop.started()).toContain('h_1');
    expect(JSON.stringify(loop.koji.calls)).not.toContain('secret_column');
  });

  test('a row whose id is nested deep is rejected under null', async () => {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'add',
      params: { idColumn: 'uid', configuration, rows: [{ uid: 'DEEP' }] },
    });
    expect(await (await send(body.replace('"DEEP"', deep))).json()).toMatchObject({
      result: { rejectedRows: [{ id: null, error: expect.stringContaining('field external_id must be text') }] },
    });
  });

  test.each(['change', 'remove'])('%s does nothing, as it was told beforehand', async (method) => {
    expect(await call(method, { idColumn: 'uid', configuration, rows: [{ uid: 'h_3' }] })).toMatchObject({
      result: null,
    });
    expect(loop.started()).not.toContain('h_3');
  });
});

describe('what is no call', () => {
  test.each([
    ['a body that was cut', '{"jsonrpc":"2.0","id":1,', -32_700, null],
    ['several calls at once', '[{"jsonrpc":"2.0","id":1,"method":"test_connection"}]', -32_600, null],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"test_connection"}', -32_600, 1],
    ['an id that is yes or no', '{"jsonrpc":"2.0","id":true,"method":"validate"}', -32_600, null],
    ['an id nested deep', `{"jsonrpc":"2.0","id":${deep},"method":"validate"}`, -32_600, null],
    ['no method', '{"jsonrpc":"2.0","id":"a"}', -32_600, 'a'],
    ['an unknown method', '{"jsonrpc":"2.0","id":1,"method":"drop_everything"}', -32_601, 1],
    ['a method of every object', '{"jsonrpc":"2.0","id":1,"method":"toString"}', -32_601, 1],
    ['parameters of another form', '{"jsonrpc":"2.0","id":1,"method":"sync_batch","params":[]}', -32_602, 1],
  ])('%s is answered with its number and a sentence', async (_what, body, code, id) => {
    const answer = await send(body);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { jsonrpc: '2.0', id, error: { code, message: expect.stringMatching(/\.$/) } },
    ]);
  });

  test('more records than fit are refused with the number that does', async () => {
    expect(await syncBatch(Array.from({ length: 5_001 }, (_, index) => ({ external_id: `${index}` })))).toMatchObject({
      error: { code: -32_602, message: 'At most 5000 rows a request.' },
    });
  });

  test('a notification gets no answer, and nobody is started', async () => {
    const params = {
      idColumn: 'uid',
      configuration: { identifierMapping: { from: 'uid', to: 'external_id' } },
      rows: [{ uid: 'h_4' }],
    };
    const answer = await send(JSON.stringify({ jsonrpc: '2.0', method: 'add', params }));
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    await loop.nothingWaits();
    expect(loop.started()).not.toContain('h_4');
  });

  test('without the secret nothing is told', async () => {
    expect((await send('{}', '/etl/rpc', 'Bearer of nothing')).status).toBe(401);
  });

  test.each(['/etl/rpc?census_authentication=', '/etl/rpc?census_secret=', '/etl/rpc/'])(
    'the secret may stand in the address: %s…',
    async (path) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'validate' });
      expect((await send(body, `${path}${secrets.etl}`, '')).status).toBe(200);
    },
  );
});

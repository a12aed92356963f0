import { createHmac } from 'node:crypto';
import { signatureHeaders, signsTime } from '../../sandbox/koji/signing.ts';

const body = Buffer.from('Hello, World!');
// The published example of https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
const secret = "It's a Secret to Everybody";
const hex = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
const message = { id: 'evt_1', seconds: 1_614_265_330, body };

describe('the signatures of the local Koji (K9)', () => {
  it('signs the body as sha256=<hex>', () => {
    expect(signatureHeaders('sha256-hex', [secret], message)).toEqual({ 'X-Koji-Signature': `sha256=${hex}` });
  });

  it('signs the body as bare hex and as base64', () => {
    expect(signatureHeaders('hex', [secret], message)).toEqual({ 'X-Koji-Signature': hex });
    expect(signatureHeaders('base64', [secret], message)).toEqual({
      'X-Koji-Signature': Buffer.from(hex, 'hex').toString('base64'),
    });
  });

  it('signs time and body together', () => {
    const expected = createHmac('sha256', secret).update('1614265330.Hello, World!').digest('hex');
    expect(signatureHeaders('timestamped', [secret], message)).toEqual({
      'X-Koji-Signature': `t=1614265330,v1=${expected}`,
    });
  });

  it('signs as the published example of Standard Webhooks does', () => {
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    const example = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      seconds: 1_614_265_330,
      body: Buffer.from('{"test": 2432232314}'),
    };
    expect(signatureHeaders('standard', ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], example)).toEqual({
      'webhook-id': example.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it.each([
    ['sha256-hex', 'X-Koji-Signature', /^sha256=\w{64},sha256=\w{64}$/],
    ['timestamped', 'X-Koji-Signature', /^t=\d+,v1=\w{64},v1=\w{64}$/],
    ['standard', 'webhook-signature', /^v1,\S{44} v1,\S{44}$/],
  ] as const)('puts one signature per secret into the header of %s', (scheme, header, form) => {
    expect(signatureHeaders(scheme, ['new', 'old'], message)[header]).toMatch(form);
  });

  it('knows which schemes sign the time', () => {
    expect(signsTime('timestamped') && signsTime('standard')).toBe(true);
    expect(signsTime('sha256-hex') || signsTime('hex') || signsTime('base64')).toBe(false);
  });
});

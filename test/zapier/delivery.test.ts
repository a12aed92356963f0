import { deliveryOf } from '../../zapier/delivery.ts';

test('headers come by their own names, of which Zapier puts Http- before each', () => {
  const headers = { 'Http-X-Koji-Signature': 'a', 'http-x-lower': 'b', 'X-Http-Proxy': 'c', 'Content-Type': 'd' };
  expect(deliveryOf({ headers, content: '{}' })).toEqual({
    headers: { 'x-koji-signature': 'a', 'x-lower': 'b', 'x-http-proxy': 'c', 'content-type': 'd' },
    content: '{}',
  });
});

test('a header that is no text is passed over, and the others are read', () => {
  const headers = { 'Http-Odd': [{ a: 1 }], 'Http-None': null, 'Http-X-Koji-Signature': 'a' };
  expect(deliveryOf({ headers, content: '' }).headers).toEqual({ 'x-koji-signature': 'a' });
});

test.each([
  ['in a list', { 'Http-X-Koji-Signature': ['a', 'b'] }],
  ['in other capitals', { 'Http-X-Koji-Signature': 'a', 'http-x-koji-signature': 'b' }],
])('a header that comes twice, %s, is one with a comma', (_how, headers) => {
  expect(deliveryOf({ headers, content: '' }).headers).toEqual({ 'x-koji-signature': 'a, b' });
});

test.each([
  ['nothing', {}],
  ['headers that are none and a body that is no text', { headers: 'none', content: { a: 1 } }],
])('%s is a delivery without headers and body', (_what, request) => {
  expect(deliveryOf(request)).toEqual({ headers: {}, content: '' });
});

import { deliveryOf } from '../../zapier/delivery.ts';

test('headers come by their own names, of which Zapier puts Http- before each', () => {
  const headers = { 'Http-X-Koji-Signature': 'a', 'http-x-lower': 'b', 'X-Http-Proxy': 'c', 'Content-Type': 'd' };
  expect(deliveryOf({ headers, content: '{}' })).toEqual({
    headers: { 'X-Koji-Signature': 'a', 'x-lower': 'b', 'X-Http-Proxy': 'c', 'Content-Type': 'd' },
    content: '{}',
  });
});

test('a header that is no text is passed over, and the others are read', () => {
  const headers = { 'Http-Odd': ['a', 'list'], 'Http-None': null, 'Http-X-Koji-Signature': 'a' };
  expect(deliveryOf({ headers, content: '' }).headers).toEqual({ 'X-Koji-Signature': 'a' });
});

test.each([
  ['nothing', {}],
  ['headers that are none and a body that is no text', { headers: 'none', content: { a: 1 } }],
])('%s is a delivery without headers and body', (_what, request) => {
  expect(deliveryOf(request)).toEqual({ headers: {}, content: '' });
});

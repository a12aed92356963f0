/**
 * What runs in the browser: parts of the page are put in place as they change, and a form is sent without leaving the
 * page. Without it every form and link still works: the answer leads back here.
 */
export const script = `
const put = (part, html) => {
  const chosen = part.value;
  const held = [...part.querySelectorAll('a, button')].indexOf(document.activeElement);
  part.innerHTML = html;
  if (part.options && [...part.options].some(({ value }) => value === chosen)) part.value = chosen;
  part.querySelectorAll('a, button')[held]?.focus();
};
const source = new EventSource('/changes' + location.search);
source.onmessage = ({ data }) => {
  for (const [id, html] of Object.entries(JSON.parse(data))) {
    const part = document.getElementById(id);
    // A list that somebody is choosing from stays as it is until they are done.
    if (part.options && part === document.activeElement)
      part.addEventListener('blur', () => put(part, html), { once: true });
    else put(part, html);
  }
};
document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (form.method !== 'post') return;
  event.preventDefault();
  const status = document.getElementById('status');
  status.textContent = 'Working …';
  try {
    const answer = await fetch(form.action, {
      method: 'POST',
      body: new URLSearchParams(new FormData(form, event.submitter)),
      headers: { accept: 'text/plain' },
    });
    status.textContent = await answer.text();
  } catch {
    status.textContent = 'The sandbox does not answer: it may have ended.';
  }
});
`;

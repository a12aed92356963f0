/** `npm run make:lint`: Make's rules for a review, over both apps. Exit code 1 for a finding. */
import { apps } from './apps.ts';
import { filesOf } from './files.ts';
import { lint } from './lint.ts';

let found = 0;
for (const app of apps) {
  for (const { check, path, message } of lint(filesOf(app, [], ''))) {
    found += 1;
    console.error(`${app.target}: ${check}: ${path}: ${message}`);
  }
}
process.stdout.write(`${apps.length} apps, ${found} findings\n`);
process.exitCode = found === 0 ? 0 : 1;

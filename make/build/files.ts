/** An app as the files of Make's local-development format (M2, M3). Pure: nothing is written here. */
import type { App, Connection, Json, Module, Rpc, Webhook } from '../language/format.ts';

const kebab = (id: string): string => id.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** A component's code by the key that the manifest has for it, and the ending of its file's name. */
type Codes = { [key: string]: [ending: string, content: unknown] };
/** One component with its metadata and its code, by the keys that the manifest has for it. */
export type Component = { id: string; metadata: { [key: string]: string | null }; codes: Codes };

const connectionOf = ({ id, label, communication, parameters }: Connection): Component => ({
  id,
  metadata: { label, connectionType: 'basic' },
  codes: {
    communication: ['communication.iml.json', communication],
    params: ['params.iml.json', parameters],
    common: ['common.json', {}],
  },
});

const webhookOf = ({ id, label, connection, communication, parameters, attach, detach }: Webhook): Component => ({
  id,
  metadata: { label, webhookType: 'web', connection },
  codes: {
    communication: ['communication.iml.json', communication],
    params: ['params.iml.json', parameters],
    ...(attach === undefined ? {} : { attach: ['attach.iml.json', attach] }),
    ...(detach === undefined ? {} : { detach: ['detach.iml.json', detach] }),
  },
});

const rpcOf = ({ id, label, connection, communication }: Rpc): Component => ({
  id,
  metadata: { label, connection },
  codes: { communication: ['communication.iml.json', communication], params: ['params.iml.json', []] },
});

const moduleOf = (module: Module): Component => ({
  id: module.id,
  metadata: {
    label: module.label,
    description: module.description,
    moduleType: module.kind,
    connection: module.connection,
    ...(module.kind === 'action' ? { actionCrud: module.crud } : {}),
    ...(module.kind === 'instant_trigger' ? { webhook: module.webhook } : {}),
  },
  codes: {
    communication: ['communication.iml.json', module.communication],
    staticParams: ['static-params.iml.json', module.staticParameters],
    ...('mappableParameters' in module
      ? { mappableParams: ['mappable-params.iml.json', module.mappableParameters] }
      : {}),
    interface: ['interface.iml.json', module.interface],
    samples: ['samples.iml.json', module.samples],
    ...(module.kind === 'trigger' ? { epoch: ['epoch.iml.json', module.epoch] } : {}),
  },
});

/** All of an app's components, in the order in which Make needs them. */
export const componentsOf = (app: App) => ({
  connection: app.connections.map(connectionOf),
  rpc: app.rpcs.map(rpcOf),
  webhook: app.webhooks.map(webhookOf),
  module: app.modules.map(moduleOf),
});

/** A code as it is written and sent. */
export const codeText = (content: unknown): string => `${JSON.stringify(content, null, 2)}\n`;

const listed = (entries: { label: string; says: string }[]): string =>
  entries.map(({ label, says }) => `- **${label}**: ${says}`).join('\n');

/** The app's documentation on Make: how people connect it, and what each module does. */
export const readmeOf = ({ label, connections, webhooks, modules }: App): string => {
  const accounts = connections.map((connection) => ({
    label: connection.label,
    says: connection.parameters.map(({ label: field, help = '' }) => `*${field}*: ${help}`).join(' '),
  }));
  const addresses = webhooks.flatMap(({ id, attach, connecting }) =>
    modules.flatMap((module) =>
      attach === undefined && module.kind === 'instant_trigger' && module.webhook === id
        ? [{ label: module.label, says: `Add a webhook in the module, save it and copy its address. ${connecting}` }]
        : [],
    ),
  );
  const does = modules.map((module) => ({ label: module.label, says: module.description }));
  return `# ${label}\n\n## Connect\n\n${listed([...accounts, ...addresses])}\n\n## Modules\n\n${listed(does)}\n`;
};

/** Every file of the app's folder by its path, the same for the same source; `origins` is where it lies on Make (M2). */
export const filesOf = (app: App, origins: Json[]): Map<string, string> => {
  const files = new Map<string, string>();
  const place = (folder: string, { id, codes }: Component): { [key: string]: string } =>
    Object.fromEntries(
      Object.entries(codes).map(([key, [ending, content]]) => {
        const path = `${folder}/${kebab(id)}/${kebab(id)}.${ending}`;
        files.set(path, codeText(content));
        return [key, path];
      }),
    );
  const manifestOf = (folder: string, components: Component[]): { [id: string]: Json } =>
    Object.fromEntries(
      components.map((component) => [component.id, { ...component.metadata, codeFiles: place(folder, component) }]),
    );
  const all = componentsOf(app);
  const components = {
    connection: manifestOf('connections', all.connection),
    endpoint: {},
    function: {},
    module: manifestOf('modules', all.module),
    rpc: manifestOf('rpcs', all.rpc),
    webhook: manifestOf('webhooks', all.webhook),
  };
  const general = { base: 'general/base.iml.json', common: null, groups: 'modules/groups.json', readme: 'README.md' };
  files.set(general.base, codeText(app.base));
  files.set(general.groups, codeText(app.groups));
  files.set(general.readme, readmeOf(app));
  files.set('makecomapp.json', codeText({ fileVersion: 1, generalCodeFiles: general, components, origins }));
  return files;
};

import { existsSync, readFileSync } from 'node:fs';
import type { DoctorRow } from '../types.ts';
import { attempt, bad, good, type Check, type Machine } from './check.ts';

type Kind = 'user' | 'pid' | 'ipc' | 'mount';

/** Made in earnest by a child: what a sysctl or a security module says is not all that can forbid it. */
async function refusal(kind: Kind, { capabilities }: Machine): Promise<string | null> {
  // Without CAP_SYS_ADMIN the others are to be had inside a user namespace alone, which is how instances get them then.
  const inUser = kind !== 'user' && !capabilities.has('CAP_SYS_ADMIN') ? ['--user', '--map-root-user'] : [];
  return attempt('unshare', [...inUser, `--${kind}`, '--fork', 'true']);
}

const check =
  (kind: Kind): Check =>
  async (machine) => {
    const name = `${kind} namespace`;
    const why = await refusal(kind, machine);
    return why === null ? good(name, 'can be made') : bad(name, why.replace(/^unshare: /, ''), remedy(kind));
  };

function remedy(kind: Kind): string {
  const setting = [
    ['/proc/sys/kernel/unprivileged_userns_clone', '0', 'sysctl kernel.unprivileged_userns_clone=1'],
    ['/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '1', 'sysctl kernel.apparmor_restrict_unprivileged_userns=0'],
    ['/proc/sys/user/max_user_namespaces', '0', 'sysctl user.max_user_namespaces=10000'],
  ].find(([path = '', value]) => existsSync(path) && readFileSync(path, 'utf8').trim() === value);
  if (setting !== undefined) return setting[2] ?? '';
  return kind === 'user'
    ? 'allow user namespaces, or run the daemon as root'
    : 'run the daemon as root; in a container, allow CAP_SYS_ADMIN and unshare(2)';
}

export const namespaces: readonly Check[] = (['user', 'pid', 'ipc', 'mount'] as const).map(check);

export const mechanism: Check = async (machine): Promise<DoctorRow> => {
  const chosen = machine.env['APPSHOT_VPROC'];
  if (chosen) {
    return chosen === 'namespace' || chosen === 'preload'
      ? good('virtual ids', `${chosen}: chosen by APPSHOT_VPROC`)
      : bad('virtual ids', `APPSHOT_VPROC is '${chosen}'`, 'set it to namespace or preload, or unset it');
  }
  const refused = await Promise.all((['pid', 'ipc', 'mount'] as const).map(async (kind) => [kind, await refusal(kind, machine)] as const));
  const [first] = refused.filter(([, why]) => why !== null);
  if (first === undefined) return good('virtual ids', 'namespace: pid, ipc and mount namespaces can be made');
  return bad(
    'virtual ids',
    `preload: no ${first[0]} namespace, so raw system calls (Go, static code) see the host's ids`,
    remedy(first[0]),
  );
};

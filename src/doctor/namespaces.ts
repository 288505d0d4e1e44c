import { existsSync, readFileSync } from 'node:fs';
import { attempt } from '../attempt.ts';
import { whyNoNamespaces } from '../mechanism.ts';
import type { DoctorRow } from '../types.ts';
import { bad, good, type Check, type Machine } from './check.ts';

const kinds = ['user', 'pid', 'ipc', 'uts', 'mount'] as const;
type Kind = (typeof kinds)[number];

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
    if (kind === 'user' && machine.capabilities.has('CAP_SYS_ADMIN')) return good(name, 'not needed with CAP_SYS_ADMIN');
    const why = await refusal(kind, machine);
    return why === null ? good(name, 'can be made') : bad(name, why.replace(/^unshare: /, ''), remedy(kind));
  };

/** A user's instance gets a /proc of its own only where the kernel finds nothing of the host's hidden; the preload mechanism does with the host's. */
export const ownProc: Check = async ({ capabilities }) => {
  const name = 'own /proc';
  if (capabilities.has('CAP_SYS_ADMIN')) return good(name, 'an instance gets one');
  const why = await attempt('unshare', ['--user', '--map-root-user', '--pid', '--mount', '--fork', '--mount-proc', 'true']);
  if (why === null) return good(name, 'an instance gets one in its user namespace');
  if (!why.includes('proc')) return bad(name, why.replace(/^unshare: /, ''), remedy('user'));
  return bad(
    name,
    "none for a user's instance: parts of this one are hidden, as containers do it; ids are bound by the preload library then",
    'run as root, or unmask it (docker run --security-opt systempaths=unconfined)',
  );
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

export const namespaces: readonly Check[] = kinds.map(check);

export const mechanism: Check = async (machine): Promise<DoctorRow> => {
  const chosen = machine.env['APPSHOT_VPROC'];
  if (chosen) {
    return chosen === 'namespace' || chosen === 'preload'
      ? good('virtual ids', `${chosen}: chosen by APPSHOT_VPROC`)
      : bad('virtual ids', `APPSHOT_VPROC is '${chosen}'`, 'set it to namespace or preload, or unset it');
  }
  const why = await whyNoNamespaces();
  if (why === null) return good('virtual ids', 'namespace: all that an instance needs of them can be made');
  const limit = /^(\S+) is 0$/.exec(why)?.[1];
  return bad(
    'virtual ids',
    `preload, as namespaces can't be had (${why}): static programs see the host's ids`,
    limit === undefined ? remedy('pid') : `sysctl ${limit}=10000`,
  );
};

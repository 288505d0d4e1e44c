import test from 'ava';
import fc from 'fast-check';
import {
  customPrefixes,
  customise,
  evaluate,
  explain,
  findRule,
  noRules,
  parseRules,
  precustomise,
  viewOptions,
} from '../../src/rules/index.ts';

const seed = parseRules(
  `Define <APPL-ID> as PROPERTY application-ID
REDIR PATH "/user/app/config" to "/usr/app/<APPL-ID>/config"
SET ENV "HOME" = "/usr/app/<APPL-ID>"`,
  'seed',
);
const web1 = { aid: 'web-1', template: 'web', generation: 1 };

test('the seed comes to what FIG. 9 draws', (t) => {
  const { variables, env, redirects } = evaluate(seed, web1);
  t.deepEqual([...variables], [['APPL-ID', 'web-1']]);
  t.deepEqual(env, [['HOME', '/usr/app/web-1']]);
  t.deepEqual(redirects, [{ from: '/user/app/config', toPattern: '/usr/app/<APPL-ID>/config', to: '/usr/app/web-1/config' }]);
});

test('all properties have values', (t) => {
  const rules = parseRules(
    'Define <T> as PROPERTY template-ID\nDefine <G> as PROPERTY generation\n' + 'SET ENV "X" = "<APPL-ID> <T> <G>"',
    'r',
  );
  t.deepEqual(evaluate(rules, web1).env, [['X', 'web-1 web 1']]);
  t.deepEqual(evaluate(rules, { aid: 'a', template: null, generation: 0 }).env, [['X', 'a  0']]);
});

test('a variable that would make a component vanish is refused, not left out', (t) => {
  const rules = parseRules('Define <T> as PROPERTY template-ID\nREDIR PATH "/a" to "/b/<T>/c"', 'r');
  const error = t.throws(() => evaluate(rules, { aid: 'a', template: null, generation: 0 }));
  t.is(error.message, 'r:2: "<T>" is "" here, which can\'t be part of a path; start it from a template, or use the application-ID');
});

test('the view is told of variables, aliases and links', (t) => {
  t.deepEqual(viewOptions(seed, web1), {
    vars: [['APPL-ID', 'web-1']],
    aliases: [{ parent: '/usr/app', literal: '<APPL-ID>', shown: 'web-1' }],
    links: [{ path: '/user/app/config', target: '/usr/app/<APPL-ID>/config' }],
  });
  t.deepEqual(viewOptions(noRules(), web1), { vars: [['APPL-ID', 'web-1']], aliases: [], links: [] });
});

test('an alias is given once, below another with its parent as it is seen, and names may be mixed', (t) => {
  const rules = parseRules(
    `Define <T> as PROPERTY template-ID
REDIR PATH "/a" to "/x/<T>/d-<APPL-ID>.conf"
REDIR PATH "/b" to "/x/<T>/other"
REDIR PATH "/c" to "/<APPL-ID>"`,
    'r',
  );
  t.deepEqual(viewOptions(rules, web1).aliases, [
    { parent: '/', literal: '<APPL-ID>', shown: 'web-1' },
    { parent: '/x', literal: '<T>', shown: 'web' },
    { parent: '/x/web', literal: 'd-<APPL-ID>.conf', shown: 'd-web-1.conf' },
  ]);
  t.deepEqual(customPrefixes(rules, web1), [
    { evaluated: '/x/web/d-web-1.conf', precustomised: '/x/<T>/d-<APPL-ID>.conf' },
    { evaluated: '/web-1', precustomised: '/<APPL-ID>' },
    { evaluated: '/x/web', precustomised: '/x/<T>' },
  ]);
});

test('paths go into their pre-customised form and come out as the next AID has them', (t) => {
  const from = customPrefixes(seed, web1);
  const to = customPrefixes(seed, { ...web1, aid: 'web-2' });
  t.is(precustomise('/usr/app/web-1/config/a', from), '/usr/app/<APPL-ID>/config/a');
  t.is(precustomise('/usr/app/web-1', from), '/usr/app/<APPL-ID>');
  t.is(precustomise('/usr/app/web-10/x', from), '/usr/app/web-10/x');
  t.is(customise(precustomise('/usr/app/web-1/log', from), to), '/usr/app/web-2/log');
});

test('forth and back is the same path, for any path', (t) => {
  const prefixes = customPrefixes(seed, web1);
  const component = fc.constantFrom('usr', 'app', 'web-1', 'web-10', 'config', 'x');
  fc.assert(
    fc.property(
      fc.array(component).map((parts) => `/${parts.join('/')}`),
      (path) => {
        t.is(customise(precustomise(path, prefixes), prefixes), path);
      },
    ),
  );
});

test('explain names the rule, the result and the mark', (t) => {
  t.deepEqual(explain(seed, 'path', '/user/app/config/a.ini', web1), {
    rule: 'seed:2: REDIR PATH "/user/app/config" to "/usr/app/<APPL-ID>/config"',
    result: '/usr/app/web-1/config/a.ini',
    mark: 'duplicate',
  });
  t.deepEqual(explain(seed, 'env', 'HOME', web1), {
    rule: 'seed:3: SET ENV "HOME" = "/usr/app/<APPL-ID>"',
    result: '/usr/app/web-1',
    mark: 'duplicate',
  });
  t.deepEqual(explain(seed, 'port', '80', web1), { rule: null, result: '80', mark: 'multiplex' });
  t.deepEqual(explain(seed, 'file', '/etc/passwd', web1), { rule: null, result: '/etc/passwd', mark: 'copy-on-write' });
  const rules = parseRules('RESOURCE file "/var/log/**" ON write DO share', 'r');
  t.deepEqual(explain(rules, 'file', '/var/log/a/b', web1), {
    rule: 'r:1: RESOURCE file "/var/log/**" ON write DO share',
    result: '/var/log/a/b',
    mark: 'shared',
  });
  t.throws(() => explain(seed, 'colour', 'x', web1), { message: /unknown type/ });
  t.throws(() => explain(seed, 'file', 'x', web1), { message: /not an absolute path/ });
});

test('the first rule that fits type, access and name decides', (t) => {
  const rules = parseRules(
    `RESOURCE file "/log/*" ON write DO duplicate
RESOURCE file "/log/**" ON any DO share
RESOURCE file "/home/<APPL-ID>/?" ON any DO reset`,
    'r',
  );
  const find = (name: string, access: 'read' | 'write'): number | undefined =>
    findRule(rules, { type: 'file', names: [name], accesses: [access] }, new Map([['APPL-ID', 'web-1']]))?.line;
  t.is(find('/log/a', 'write'), 1);
  t.is(find('/log/a', 'read'), 2);
  t.is(find('/log/a/b', 'write'), 2);
  t.is(find('/home/web-1/x', 'read'), 3);
  t.is(find('/home/<APPL-ID>/x', 'read'), 3);
  t.is(find('/home/web-1/xy', 'read'), undefined);
});

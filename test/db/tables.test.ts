import test from 'ava';
import { AppshotError } from '../../src/errors.ts';
import { addInstance, image, instance, layer, template, workspace, type Workspace } from './workspace.ts';

function code(work: () => unknown): string {
  try {
    work();
    return 'done';
  } catch (error) {
    return error instanceof AppshotError ? error.code : String(error);
  }
}

/** Each test has a database of its own. */
function withDatabase(title: string, body: (t: import('ava').ExecutionContext, w: Workspace) => void): void {
  test(title, (t) => {
    const w = workspace();
    try {
      body(t, w);
    } finally {
      w.remove();
    }
  });
}

withDatabase('instances come back as they were written, and change', (t, { db }) => {
  const row = addInstance(db, 'web');
  t.deepEqual(db.instances.get('web'), row);
  t.deepEqual(db.instances.list(), [row]);
  t.is(db.instances.get('other'), null);
  db.instances.update('web', { state: 'exited 137', exitCode: 137, initPid: null, initStart: null, notes: ['x'], remove: false });
  t.deepEqual(db.instances.get('web'), {
    ...row,
    state: 'exited 137',
    exitCode: 137,
    initPid: null,
    initStart: null,
    notes: ['x'],
    remove: false,
  });
  t.is(
    code(() => {
      db.instances.update('other', { main: 1 });
    }),
    'not-found',
  );
  t.is(
    code(() => {
      db.instances.update('web', { state: 'confused' as 'running' });
    }),
    'failed',
  );
  t.is(
    code(() => {
      db.instances.insert(row);
    }),
    'exists',
  );
});

withDatabase('templates come back as they were written, and refuse a second of the name', (t, { db }) => {
  db.images.insert(image('i'));
  const row = template('web', { kind: 'running', image: 'i', main: 2, rulesText: 'x', rulesFile: 'y', sourceAid: 'gone' });
  db.templates.insert(row);
  t.deepEqual(db.templates.get('web'), row);
  t.is(
    code(() => {
      db.templates.insert(row);
    }),
    'exists',
  );
  t.is(
    code(() => {
      db.templates.insert(template('none', { kind: 'running' }));
    }),
    'failed',
  );
  db.templates.setRules('web', null, null);
  t.is(db.templates.get('web')?.rulesText, null);
});

withDatabase('a renamed template keeps what stands on it', (t, { db }) => {
  db.layers.insert(layer('l'));
  db.templates.insert(template('web'));
  db.stacks.setForTemplate('web', ['l']);
  addInstance(db, 'web-1', { template: 'web' });
  db.templates.insert(template('child', { sourceAid: 'web-1' }));
  t.is(db.templates.get('child')?.base, 'web');
  db.templates.insert(template('taken'));
  db.templates.rename('web', 'site');
  t.is(db.instances.get('web-1')?.template, 'site');
  t.is(db.templates.get('child')?.base, 'site');
  t.deepEqual(
    db.stacks.ofTemplate('site').map(({ id }) => id),
    ['l'],
  );
  t.is(
    code(() => {
      db.templates.rename('site', 'taken');
    }),
    'exists',
  );
  t.is(
    code(() => {
      db.templates.rename('web', 'x');
    }),
    'not-found',
  );
});

withDatabase('what stands on a template is named, and an instance holds it', (t, { db }) => {
  db.templates.insert(template('web'));
  addInstance(db, 'web-2', { template: 'web' });
  addInstance(db, 'web-1', { template: 'web' });
  db.templates.insert(template('child', { base: 'web' }));
  t.deepEqual(db.templates.dependents('web'), { instances: ['web-1', 'web-2'], templates: ['child'] });
  t.is(
    code(() => db.templates.remove('web')),
    'busy',
  );
  db.instances.remove('web-1');
  db.instances.remove('web-2');
  t.true(db.templates.remove('web'));
  t.is(db.templates.get('child')?.base, null);
  t.false(db.templates.remove('web'));
});

withDatabase('layers stand in order, none goes while something stands on it, and what is left over is known', (t, { db }) => {
  for (const id of ['a', 'b', 'c', 'd']) db.layers.insert(layer(id));
  const host = db.layers.host('/', '2026');
  t.deepEqual(db.layers.host('/', '2027'), host);
  db.templates.insert(template('web'));
  db.stacks.setForTemplate('web', ['c', 'a', host.id]);
  addInstance(db, 'web-1');
  db.stacks.setForInstance('web-1', ['b', 'a']);
  t.deepEqual(
    db.stacks.ofTemplate('web').map(({ id }) => id),
    ['c', 'a', 'host:/'],
  );
  t.deepEqual(
    db.stacks.ofInstance('web-1').map(({ id }) => id),
    ['b', 'a'],
  );
  db.stacks.push('web-1', 'c');
  db.stacks.push('web-1', 'd');
  t.deepEqual(
    db.stacks.ofInstance('web-1').map(({ id }) => id),
    ['d', 'c', 'b', 'a'],
  );
  db.stacks.setForInstance('web-1', ['b', 'a']);
  t.deepEqual(
    db.layers.unreferenced().map(({ id }) => id),
    ['d'],
  );
  t.is(
    code(() => db.layers.remove('a')),
    'busy',
  );
  t.is(
    code(() => db.layers.remove('upper-web-1')),
    'busy',
  );
  t.is(
    code(() => {
      db.stacks.setForTemplate('web', ['nowhere']);
    }),
    'busy',
  );
  t.is(db.stacks.ofTemplate('web').length, 3);
  t.deepEqual(db.stacks.templatesOn('a'), ['web']);
  db.instances.remove('web-1');
  db.templates.remove('web');
  t.deepEqual(
    db.layers.unreferenced().map(({ id }) => id),
    ['a', 'b', 'c', 'd', 'upper-web-1'],
  );
  db.layers.seal('upper-web-1', 77);
  t.like(db.layers.get('upper-web-1'), { state: 'sealed', size: 77 });
  t.is(
    code(() => {
      db.layers.seal('nowhere', 1);
    }),
    'not-found',
  );
});

withDatabase('images keep their parents alive, and garbage comes children first', (t, { db }) => {
  db.images.insert(image('grand'));
  db.images.insert(image('parent', ['grand']));
  db.images.insert(image('child', ['parent', 'grand']));
  t.deepEqual(db.images.get('child'), image('child', ['parent', 'grand']));
  db.templates.insert(template('t', { kind: 'running', image: 'child' }));
  t.deepEqual(db.images.unreferenced(), []);
  t.is(
    code(() => db.images.remove('grand')),
    'busy',
  );
  t.is(
    code(() => db.images.remove('child')),
    'busy',
  );
  db.templates.remove('t');
  const garbage = db.images.unreferenced().map(({ id }) => id);
  t.deepEqual(garbage, ['child', 'parent', 'grand']);
  for (const id of garbage) t.true(db.images.remove(id));
  t.deepEqual(db.images.list(), []);
  t.is(
    code(() => {
      db.images.insert(image('orphan', ['nowhere']));
    }),
    'busy',
  );
  t.is(db.images.get('orphan'), null);
});

withDatabase('resources of an image stand in order and go with it', (t, { db }) => {
  const rows = [
    { type: 'socket', id: 3, name: '', mark: 'multiplex', rule: null },
    { type: 'file', id: 1, name: '/usr/app/<APPL-ID>/x', mark: 'rule', rule: 'REDIR ...' },
  ];
  db.images.insert(image('i'));
  db.resources.set('i', rows);
  t.deepEqual(db.resources.of('i'), rows);
  db.images.remove('i');
  t.deepEqual(db.resources.of('i'), []);
});

withDatabase('translations are one to one, both ways, within an AID and a type', (t, { db }) => {
  addInstance(db, 'a');
  addInstance(db, 'b');
  const row = { type: 'pid', virtual: 2, system: 4242 };
  db.translations.insert('a', row);
  db.translations.insert('b', row);
  t.is(
    code(() => {
      db.translations.insert('a', { ...row, system: 1 });
    }),
    'exists',
  );
  t.is(
    code(() => {
      db.translations.insert('a', { ...row, virtual: 1 });
    }),
    'exists',
  );
  db.translations.insert('a', { type: 'semkey', virtual: '0x1234', system: '0x9' });
  t.deepEqual(db.translations.toSystem('a', 'pid', 2), { aid: 'a', ...row, state: 'bound' });
  t.is(db.translations.toVirtual('a', 'semkey', '0x9')?.virtual, '0x1234');
  t.is(db.translations.toVirtual('a', 'pid', 1), null);
  db.translations.set('a', [row, { type: 'port', virtual: 80, system: 40001 }, { type: 'port', virtual: 80, system: 40002 }]);
  t.deepEqual(
    db.translations.of('a').map(({ type, system }) => [type, system]),
    [
      ['pid', 4242],
      ['port', 40001],
    ],
  );
  t.true(db.translations.remove('a', 'pid', 2));
  t.is(
    code(() => {
      db.translations.insert('nobody', row);
    }),
    'busy',
  );
});

withDatabase('ports are replaced as one, and go with the instance', (t, { db }) => {
  addInstance(db, 'a');
  db.ports.set('a', [
    { protocol: 'tcp', virtual: 80, system: 40001, public: 8080 },
    { protocol: 'udp', virtual: 80, system: 40001, public: null },
    { protocol: 'tcp', virtual: 80, system: 40002, public: null },
  ]);
  t.deepEqual(
    db.ports.of('a').map(({ protocol, system, public: port }) => [protocol, system, port]),
    [
      ['tcp', 40001, 8080],
      ['udp', 40001, null],
    ],
  );
  db.instances.remove('a');
  t.deepEqual(db.ports.list(), []);
});

withDatabase('a transaction is all or nothing, and may hold another', (t, { db }) => {
  t.throws(
    () => {
      db.transaction(() => {
        db.layers.insert(layer('a'));
        db.transaction(() => {
          db.layers.insert(layer('b'));
        });
        throw new Error('half way');
      });
    },
    { message: 'half way' },
  );
  t.deepEqual(db.layers.list(), []);
  t.is(
    code(() => {
      db.instances.insert(instance('x'));
    }),
    'busy',
  );
});

withDatabase('what a sealed layer was, and what was changed of it', (t, { db }) => {
  for (const row of [layer('a'), layer('b', 'open')]) db.layers.insert(row);
  db.layers.host('/', '2026-01-01T00:00:00.000Z');
  const sealed = 1_767_225_600_123_456_789n;
  db.seals.mark(['a', 'b', 'host:/', 'none'], sealed);
  db.seals.mark(['a'], 1n);
  t.deepEqual(db.seals.get('a'), { layer: 'a', sealed, state: null, change: null });
  for (const other of ['b', 'host:/', 'none']) t.is(db.seals.get(other), null);
  const state = { root: '2:3', entries: 7, newest: sealed + 1n, shape: 'ab' };
  db.seals.setState('a', state);
  t.deepEqual(db.seals.changed(), []);
  const change = { paths: ['/etc/é', '/x'], count: 3, noticed: '2026-01-02T00:00:00.000Z' };
  db.seals.setChange('a', change);
  t.deepEqual(db.seals.changed(), [{ layer: 'a', sealed, state, change }]);
  db.seals.setState('a', state);
  t.deepEqual(db.seals.get('a')?.change, null);
  db.layers.remove('a');
  t.is(db.seals.get('a'), null);
});

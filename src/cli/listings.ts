import type {
  CommitResult,
  FileRow,
  InstanceStarted,
  InstanceState,
  InstanceSummary,
  PublishedPort,
  SnapshotResult,
  TemplateSummary,
} from '../types.ts';
import { formatAge, formatBytes, formatMs } from './format.ts';
import type { Column, Listing } from './output.ts';
import type { Style } from './style.ts';

const portList = (ports: readonly PublishedPort[]): string => ports.map(({ port, address }) => `${port}->${address}`).join(',');

function stateColumn<Row extends { readonly state: InstanceState }>(style: Style): Column<Row> {
  return {
    title: 'STATE',
    value: ({ state }) => state,
    paint: (text, { state }) =>
      state === 'running' ? style.good(text) : state.startsWith('exited') && state !== 'exited 0' ? style.bad(text) : style.dim(text),
  };
}

export const instances = (style: Style): Listing<InstanceSummary> => ({
  name: ({ aid }) => aid,
  columns: [
    { title: 'AID', value: ({ aid }) => aid },
    { title: 'TEMPLATE', value: ({ template }) => template ?? '-' },
    stateColumn(style),
    { title: 'PROCESSES', value: ({ pids }) => String(pids.length), right: true },
    { title: 'PORTS', value: ({ ports }) => portList(ports) },
    { title: 'MEMORY', value: ({ memory }) => formatBytes(memory), right: true },
    { title: 'AGE', value: ({ created }) => formatAge(created), right: true },
    { title: 'NOTES', value: ({ notes }) => notes?.join('; ') ?? '' },
  ],
});

export const started = (style: Style): Listing<InstanceStarted> => ({
  name: ({ aid }) => aid,
  columns: [
    { title: 'AID', value: ({ aid }) => aid },
    stateColumn(style),
    { title: 'PORTS', value: ({ ports }) => portList(ports) },
    { title: 'TIME', value: ({ ms }) => formatMs(ms), right: true },
    { title: 'ROOT', value: ({ root }) => root },
  ],
});

export const templates: Listing<TemplateSummary> = {
  name: ({ name }) => name,
  columns: [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'KIND', value: ({ kind }) => kind },
    { title: 'SIZE', value: ({ size }) => formatBytes(size), right: true },
    { title: 'SHARED', value: ({ shared }) => formatBytes(shared), right: true },
    { title: 'CREATED', value: ({ created }) => `${formatAge(created)} ago` },
  ],
};

export const files: Listing<FileRow> = {
  name: ({ name }) => name,
  columns: [
    { title: 'MODE', value: ({ mode }) => mode },
    { title: 'TYPE', value: ({ type }) => type },
    { title: 'SIZE', value: ({ size }) => formatBytes(size), right: true },
    { title: 'MODIFIED', value: ({ modified }) => modified.replace(/\.\d+Z$/, 'Z') },
    { title: 'NAME', value: ({ name, target }) => (target === undefined ? name : `${name} -> ${target}`) },
  ],
};

type Saved = CommitResult | SnapshotResult;
const savedName = (saved: Saved): string => ('template' in saved ? saved.template : saved.aid);

/** Of files open for writing: before the application was frozen, and while it was. */
const copiedColumns: Listing<Saved>['columns'] = [
  { title: 'COPIED', value: (saved) => ('copiedBytes' in saved ? formatBytes(saved.copiedBytes) : '-'), right: true },
  { title: 'FROZEN COPY', value: (saved) => ('copiedFrozenBytes' in saved ? formatBytes(saved.copiedFrozenBytes) : '-'), right: true },
];

export function saved(title: 'TEMPLATE' | 'AID'): Listing<Saved> {
  return {
    name: savedName,
    columns: [
      { title, value: savedName },
      { title: 'PROCESSES', value: ({ processes }) => String(processes), right: true },
      { title: 'THREADS', value: ({ threads }) => String(threads), right: true },
      { title: 'RESOURCES', value: ({ resources }) => String(resources), right: true },
      { title: 'IMAGE', value: ({ bytes }) => formatBytes(bytes), right: true },
      { title: 'WRITTEN', value: ({ dumpedBytes }) => formatBytes(dumpedBytes), right: true },
      ...(title === 'TEMPLATE' ? copiedColumns : []),
      { title: 'FROZEN', value: ({ frozenMs }) => formatMs(frozenMs), right: true },
      { title: 'TIME', value: ({ ms }) => formatMs(ms), right: true },
    ],
  };
}

import { names } from './0001-names.ts';
import { templates } from './0002-templates.ts';
import { instances } from './0003-instances.ts';
import { hostFiles } from './0004-host-files.ts';
import { layerSeals } from './0005-layer-seals.ts';
import type { Migration } from './migration.ts';

/** In order, without gaps. */
export const migrations: readonly Migration[] = [names, templates, instances, hostFiles, layerSeals];

import type { RestorableImage } from './image-cache.ts';
import type { Store } from './store.ts';
import { touchedBy } from './touched.ts';
import type { InstanceStarted } from './types.ts';

/** When a clone is looked at, ms after its resume: once it has answered something, and once more when it has done some work. */
const LOOKS_MS = [150, 2000];

/** So much more that is written than was known makes it worth to make the waiting ones anew, bytes. */
const WORTH_IT = 64 * 1024;

interface Lesson {
  readonly store: Store;
  readonly template: string;
  readonly image: RestorableImage;
  readonly clone: InstanceStarted;
  looks: number;
  timer: NodeJS.Timeout | null;
}

/** Learns from the first clone of an image which pages its clones need first, so that those made ahead have them already. */
export class Lessons {
  readonly #running = new Map<string, Lesson>();

  /** A clone runs: it is looked at when nobody has learned from this image yet. */
  begin(store: Store, template: string, image: RestorableImage, clone: InstanceStarted): void {
    if (image.touched.learned || [...this.#running.values()].some((lesson) => lesson.image === image)) return;
    const lesson: Lesson = { store, template, image, clone, looks: 0, timer: null };
    this.#running.set(clone.aid, lesson);
    this.#await(lesson);
  }

  /** A clone is about to end: the last chance to look at it. */
  end(aid: string): void {
    const lesson = this.#running.get(aid);
    if (lesson === undefined) return;
    if (lesson.timer !== null) clearTimeout(lesson.timer);
    this.#running.delete(aid);
    look(lesson); // also when it was looked at: on a busy machine it may not have answered anything by then
  }

  close(): void {
    for (const { timer } of this.#running.values()) if (timer !== null) clearTimeout(timer);
    this.#running.clear();
  }

  #await(lesson: Lesson): void {
    const ms = (LOOKS_MS[lesson.looks] ?? 0) - (LOOKS_MS[lesson.looks - 1] ?? 0);
    lesson.timer = setTimeout(() => {
      look(lesson);
      lesson.looks++;
      if (lesson.looks < LOOKS_MS.length && lesson.image.touched.pages !== null) this.#await(lesson);
      else this.#running.delete(lesson.clone.aid);
    }, ms);
    lesson.timer.unref();
  }
}

function look({ store, template, image, clone }: Lesson): void {
  const pages = touchedBy(clone.pids);
  const before = image.touched.pages;
  image.touched.learned = true;
  // To make all that wait anew costs more than a few page faults of theirs.
  if (pages === null || (before !== null && pages.writtenBytes < before.writtenBytes + WORTH_IT)) return;
  image.touched.pages = pages;
  store.spares.renew(store, template);
}

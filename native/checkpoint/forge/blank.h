/* The blank: a mount namespace made once at start with nothing in it but /proc, /view (empty directories), /sys and a
 * ready /dev. An instance's namespace is a copy of it: a few mounts, however many the host has and however many
 * instances are live, and no instance holds another's view. */
#ifndef FORGE_BLANK_H
#define FORGE_BLANK_H
/** Makes it and comes back to the host's namespace: descriptors in forge.host_namespace and forge.blank_namespace. */
int blank_make(void);
#endif

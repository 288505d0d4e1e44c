/* Whether the namespace mechanism can be had. */
#ifndef FORGE_NAMESPACES_H
#define FORGE_NAMESPACES_H

/** `appshot-forge --namespaces`: tries it. 0, or -1 with the reason in the shared page. */
int namespaces_try(void);
#endif

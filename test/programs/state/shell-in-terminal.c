/* A shell at its prompt in a terminal: it goes on to take commands, with what it has in its variables. */
#include "terminal.h"

int main(void) {
  begin();
  struct terminal own = terminal();
  pid_t child = in_session(&own);
  if (child == 0) {
    must(setenv("PS1", "prompt> ", 1));
    must(execl("/bin/bash", "bash", "--norc", "--noprofile", "--noediting", "-i", NULL));
  }
  until_shown(own.master, "prompt> ");
  type(own.master, "kept=a$((40 + 2)); sleep 1000 &\n");
  until_shown(own.master, "[1] ");
  until_shown(own.master, "prompt> ");
  until_state(child, child, 'S');
  await_go();
  type(own.master, "echo it is $kept\n");
  until_shown(own.master, "it is a42\r\n");
  type(own.master, "jobs; kill %1; exit 9\n");
  until_shown(own.master, "sleep 1000 &");
  expect("how the shell ended", 9, reap(child));
  done();
}

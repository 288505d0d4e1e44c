/* The ring of a packet socket stays mapped when its descriptor is closed. */
#include "memory.h"
#include <linux/if_packet.h>
#include <sys/socket.h>

int main(void) {
  begin();
  int fd = (int)must(socket(AF_PACKET, SOCK_RAW, 0));
  struct tpacket_req ring = {.tp_block_size = PAGE, .tp_block_nr = 2, .tp_frame_size = PAGE / 2, .tp_frame_nr = 4};
  must(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof ring));
  char *at = must_have(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  must(close(fd));
  at[PAGE - 1] = 'x';
  await_go();
  expect("what was written there", 'x', at[PAGE - 1]);
  done();
}

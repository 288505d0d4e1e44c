#include "file.h"
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
/* Datagram unix sockets with names: many clients of one server, who waits with what they sent; answers reach the one who asked. */
static struct sockaddr_un at(const char *p){ struct sockaddr_un a={.sun_family=AF_UNIX}; snprintf(a.sun_path,sizeof a.sun_path,"%s",p); return a;}
int main(void){
  begin();
  struct sockaddr_un s=at(own_path("server")), c=at(own_path("client")), from; socklen_t l=sizeof from;
  int server=must(socket(AF_UNIX,SOCK_DGRAM,0)), named=must(socket(AF_UNIX,SOCK_DGRAM,0)), nameless=must(socket(AF_UNIX,SOCK_DGRAM,0));
  must(bind(server,(void*)&s,sizeof s)); must(bind(named,(void*)&c,sizeof c));
  must(connect(named,(void*)&s,sizeof s)); must(connect(nameless,(void*)&s,sizeof s));
  put(named,"from a name"); put(nameless,"from nobody"); must(send(named,"",0,0)); put(named,"last");
  await_go();
  char text[64]={0};
  must(recvfrom(server,text,60,0,(void*)&from,&l)); expect_text("first","from a name",text); expect_text("its sender",c.sun_path,from.sun_path);
  must(sendto(server,"answer",6,0,(void*)&from,l)); expect_text("answer","answer",next_text(named,60));
  expect_text("second","from nobody",next_text(server,60));
  expect("an empty one",0,must(recv(server,text,60,0)));
  expect_text("last","last",next_text(server,60));
  put(nameless,"again"); expect_text("again","again",next_text(server,60));
  struct sockaddr_un n; l=sizeof n; must(getpeername(nameless,(void*)&n,&l)); expect_text("peer's name",s.sun_path,n.sun_path);
  must(unlink(s.sun_path)); must(unlink(c.sun_path));
  done();
}

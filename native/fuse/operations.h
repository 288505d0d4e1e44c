// The operations of the protocol, by file. Each answers its request or throws Failure.
#pragma once

class View;
class Request;

// ops-lookup.cc
void op_lookup(View&, Request&);
void op_forget(View&, Request&);
void op_batch_forget(View&, Request&);
void op_getattr(View&, Request&);
void op_readlink(View&, Request&);
void op_statfs(View&, Request&);
// ops-setattr.cc
void op_setattr(View&, Request&);
// ops-directory.cc
void op_opendir(View&, Request&);
void op_readdir(View&, Request&);
void op_readdirplus(View&, Request&);
void op_releasedir(View&, Request&);
void op_fsyncdir(View&, Request&);
// ops-create.cc
void op_create(View&, Request&);
void op_tmpfile(View&, Request&);
void op_mknod(View&, Request&);
void op_mkdir(View&, Request&);
void op_symlink(View&, Request&);
// ops-remove.cc
void op_unlink(View&, Request&);
void op_rmdir(View&, Request&);
// ops-link.cc, ops-rename.cc
void op_link(View&, Request&);
void op_rename(View&, Request&);
void op_rename2(View&, Request&);
// ops-file.cc
void op_open(View&, Request&);
void op_release(View&, Request&);
void op_read(View&, Request&);
void op_write(View&, Request&);
void op_fsync(View&, Request&);
void op_fallocate(View&, Request&);
void op_lseek(View&, Request&);
void op_copy_file_range(View&, Request&);
// ops-xattr.cc
void op_getxattr(View&, Request&);
void op_setxattr(View&, Request&);
void op_listxattr(View&, Request&);
void op_removexattr(View&, Request&);

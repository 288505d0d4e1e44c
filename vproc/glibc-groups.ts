/**
 * Why a function of glibc's needs no wrapper under the preload mechanism, by group; the first that fits a name is its. These make
 * vproc/glibc-exports.tsv (node dist/vproc/glibc-table.js); a name that fits none has to be thought about first.
 */
export interface Group {
  readonly name: string;
  readonly verdict: 'none' | 'refused';
  readonly why: string;
  readonly fits: RegExp;
}

const words = (text: string): RegExp => new RegExp(`^_{0,2}(${text.trim().split(/\s+/).join('|')})$`);
const none = (name: string, why: string, fits: RegExp): Group => ({ name, verdict: 'none', why, fits });
const refused = (name: string, why: string, fits: RegExp): Group => ({ name, verdict: 'refused', why, fits });

export const groups: readonly Group[] = [
  refused('fanotify', 'its events carry system pids', words('fanotify_init fanotify_mark')),
  none('system log', 'the pid is written where openlog has put it', words('syslog vsyslog syslog_chk vsyslog_chk setlogmask')),
  refused('nested namespaces', 'their processes have the ids of that namespace', words('setns')),
  refused('old timers', 'kept for programs of before glibc 2.3; sigvec is not linked against any more', words('sigvec sigstack')),
  refused(
    'libc-private entries',
    'libc calls them past every preload, with ids that it keeps itself',
    /_nocancel$|^__libc_(fcntl64|sigaction)$/,
  ),
  none(
    'pthreads',
    "libc keeps the system's thread id in the thread itself, and compares it with the kernel's",
    /^_{0,2}_?(lll_lock|pthread_|thrd_|mtx_|cnd_|tss_|call_once|nptl_)/,
  ),
  none('by pidfd', 'a descriptor names the process', words('pidfd_getfd pidfd_send_signal process_madvise process_mrelease')),
  none('signals to the caller', 'libc asks the kernel for its ids and hands them back to it', words('raise gsignal abort')),
  none(
    'signal sets and waits that tell no sender',
    'no id',
    /^_{0,2}(sig|psig|sys_sig|libc_current_sigrt|libc_allocate_rtsig|xpg_sig|pause|alarm|ualarm)/,
  ),
  none(
    'timers and clocks',
    'no process is named; a clock of a process is made by clock_getcpuclockid',
    /^_{0,2}(clock|timer_|timerfd|time|times|stime|nanosleep|usleep|sleep|getitimer|setitimer|adjtime|ntp_|ftime|gettimeofday|settimeofday|clock_adjtime|timespec_|timeradd|adjtimex)/,
  ),
  none('exec', 'the process keeps its id', /^(exec|fexecve)/),
  none(
    'ends and exits',
    'nothing is told',
    words(
      '_Exit _exit exit quick_exit on_exit cxa_atexit cxa_at_quick_exit cxa_finalize cxa_thread_atexit_impl call_tls_dtors at_quick_exit',
    ),
  ),
  none(
    'children inside libc',
    'the child is told to nobody by its number, and registers itself when it starts; fork handlers run',
    words('system popen pclose daemon wordexp wordfree grantpt openpty login_tty logout rexec rexec_af rcmd rcmd_af'),
  ),
  none('spawn attributes', 'translated when they are used', /^posix_spawn(attr|_file_actions)_/),
  none('detaching shared memory', 'by address', words('shmdt')),
  none('keys from files', 'the key is virtual until it is used', words('ftok')),
  none('queues once opened, semaphores, shared memory by name', 'descriptors, memory, and files of the view', /^_{0,2}(mq_|sem_|shm_)/),
  none(
    'the caller alone',
    'no id is given or taken',
    words(
      'nice ulimit vlimit vtimes getrlimit getrlimit64 setrlimit setrlimit64 getrusage personality acct arch_prctl ioperm iopl modify_ldt sched_yield sched_getcpu sched_get_priority_max sched_get_priority_min getcpu profil sprofil moncontrol monstartup chroot pivot_root umask chdir fchdir getcwd get_current_dir_name getwd getwd_chk getcwd_chk vhangup times',
    ),
  ),
  none('processor sets', 'memory', /^__sched_cpu/),
  none(
    'users and groups',
    'not translated',
    /^_{0,2}(((get|set|end|f?put|sget|fget|internal_(get|set|end))(res|re|e|fs)?(uid|gid|pw|gr|sp|sg|netgr|alias|login|ut|usershell|tty)|(i?ruser|lckpwdf|ulckpwdf|cuserid|group_member|merge_grp|copy_grp|ivaliduser|innetgr|initgroups)))/,
  ),
  none(
    'accounting records',
    'files; their ut_pid is what the program puts there',
    words('updwtmp updwtmpx utmpname utmpxname ttyslot pututline pututxline'),
  ),
  none(
    'sockets',
    'ports are translated elsewhere; credentials in the wrapped calls',
    words(
      'socket socketpair setsockopt setipv4sourcefilter setsourcefilter getipv4sourcefilter getsourcefilter listen shutdown send recv recv_chk sockatmark isfdtype if_freenameindex if_indextoname if_nameindex if_nametoindex freeifaddrs freeaddrinfo gai_cancel gai_error gai_strerror gai_suspend bindresvport rresvport rresvport_af cmsg_nxthdr',
    ),
  ),
  none(
    'names of hosts, networks and services',
    'no id',
    /^_{0,3}((set|end|get)(host|net|proto|rpc|serv)ent|h_errno|h_nerr|hstrerror|herror|inet|ns_|res_|resolv|dn_|p_|idna|ether|nss|gethost|hton|ntoh|getaddrinfo|netlink_|loc_|putlong|putshort|sym_|dn_|b64|fp_|hostalias|res|dn)/,
  ),
  none(
    'remote procedure calls',
    'no id',
    /^_{0,3}(xdr|svc|clnt|auth|key_|rpc|pmap|callrpc|host2net|netname|user2net|get_myaddress|registerrpc|xprt|des_|cbc_|ecb_|passwd2des|xencrypt|xdecrypt|rtime|nis|yp|seterr_reply)/,
  ),
  none(
    'polling',
    'no id',
    words(
      'poll ppoll select pselect poll_chk ppoll_chk epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd_read eventfd_write fdelt_chk fdelt_warn',
    ),
  ),
  none(
    'terminals',
    'their groups and sessions are in the wrapped calls',
    /^(tc|cf|ptsname|posix_openpt|unlockpt|ttyname|isatty|ctermid|gtty|stty|getpt|__ttyname|__ptsname|__isatty)/,
  ),
  none(
    'files and directories',
    'no id',
    /^_{0,2}(ustat|access|faccess|eaccess|euidaccess|chmod|fchmod|lchmod|chown|fchown|lchown|creat|open|close|dup|fcopy|copy_file|fadvise|posix_fa|fallocate|flock|lockf|fsync|fdatasync|sync|ftrunc|trunc|link|lseek|llseek|mkdir|mkfifo|mknod|mkt|mkst|mkost|mkdt|mount|umount|move_mount|fsopen|fsconfig|fsmount|fspick|open_tree|name_to|path|fpath|pipe|pread|pwrite|preadv|pwritev|process_v|read|readlink|readdir|readahead|real|rename|revoke|rewinddir|rmdir|remove|scandir|seekdir|send?file|splice|tee|vmsplice|stat|fstat|lstat|fxstat|lxstat|xstat|xmknod|statx|statvfs|fstatvfs|symlink|telldir|temp|tmp|unlink|utime|utimens|futim|lutim|write|ftw|nftw|fts|glob|alphasort|versionsort|dirfd|fdopendir|canonicalize|basename|dirname|xpg_basename|isfdtype|inotify|chflags|fchflags|.*xattr|quotactl|swapo|file_change|file_is|fdetach|fattach|isastream|getdents|getdirentries|getdtablesize|getfs|setfs|endfs|addmnt|hasmnt|getmnt|setmnt|endmnt|mq|tell|bdflush|uselib|nfsservctl|reboot|init_module|delete_module|create_module|query_module|get_kernel_syms|klogctl|sysctl|sysinfo|uname|getrandom|getentropy|swab)/,
  ),
  none(
    'memory',
    'no id',
    /^_{0,2}(mmap|munmap|mprotect|madvise|mincore|mlock|munlock|msync|brk|sbrk|sstk|remap|posix_mad|pkey|memfd|mem|malloc|calloc|realloc|free|cfree|valloc|pvalloc|aligned|posix_mem|mall|mcheck|mprobe|mtrace|muntrace|obstack|default_morecore|bcmp|bcopy|bzero|explicit_bzero|ffs|libc_(malloc|free|calloc|realloc|memalign|valloc|pvalloc|mallopt|dynarray|alloc|scratch|reallocarray|alloca))/,
  ),
  none('asynchronous input and output', 'requests are of the caller', /^(aio_|lio_)/),
  none(
    'standard input and output',
    'no id',
    /^_{0,3}(IO_|_?IO|f(open|close|flush|get|put|read|write|seek|tell|eof|error|ileno|dopen|reopen|purge|mem|scanf|printf|wprintf|wscanf|wide|pending|bufsize|writ|readi|setlocking|lbf|unlocked|reada)|vf|v?[sdaf]*w?n?(printf|scanf)|v?w?(printf|scanf)|put|get|unget|set(buf|linebuf|vbuf|buffer)|perror|rewind|clear|flock|ftry|funlock|ferror|fseeko|ftello|fsetpos|fgetpos|fclose|overflow|underflow|uflow|w(over|under|u)flow|asprintf|vasprintf|dprintf|vdprintf|snprintf|vsnprintf|swprintf|vswprintf|vwprintf|fopencookie|parse_printf|register_printf|printf_|argp|err|warn|verr|vwarn|error|fmtmsg|addsever|fputws|wprintf|flushlbf|obst|tmp)/,
  ),
  none(
    'strings and wide characters',
    'no id',
    /^_{0,2}(_?str|stpc|stpn|wcs|wcp|wmem|wcw|wct|wctr|mb|wcr|c8|c16|c32|btow|wctob|isw|is|tow|to|rawmem|index|rindex|regexp|reg|re_|rpmatch|fnmatch|argz|envz|ctype|basename|bsearch|swab|step|advance|loc1|ffs|ctype|xpg_str|bcmp|a64l|l64a|ato|getsubopt|gets)/,
  ),
  none(
    'numbers and arithmetic',
    'no id',
    /^_{0,2}(abs|labs|llabs|div|ldiv|lldiv|imax|copysign|finite|frexp|ldexp|modf|scalbn|isinf|isnan|signbit|[dejlmn]rand48|[dejlmns]rand48_r|srand|rand|random|initstate|setstate|seed48|lcong48|drand|ecvt|fcvt|gcvt|qecvt|qfcvt|qgcvt|arc4|qsort|strto|erand|udivdi|umoddi|divdi|moddi|addvdi)/,
  ),
  none(
    'tables, lists and queues in memory',
    'no id',
    words(
      'hcreate hcreate_r hdestroy hdestroy_r hsearch hsearch_r tsearch tfind tdelete twalk twalk_r tdestroy lfind lsearch insque remque',
    ),
  ),
  none(
    'locales, messages and character sets',
    'no id',
    /^_{0,2}(locale|localeconv|newlocale|duplocale|freelocale|uselocale|setlocale|nl_|catopen|catclose|catgets|gettext|dgettext|dcgettext|ngettext|dngettext|dcngettext|textdomain|bind_?textdomain|iconv|gconv|open_catalog|strfmon|strptime)/,
  ),
  none(
    'dates',
    'no id',
    /^_{0,2}(asctime|ctime|gmtime|localtime|mktime|timegm|timelocal|difftime|strf|tzset|tzname|offtime|getdate|dysize)/,
  ),
  none(
    'environment and limits of the system',
    'no id',
    /^_{0,2}(env|getenv|secure_getenv|sysconf|confstr|fpathconf|gnu_|getauxval|get_nprocs|get_phys|get_avphys|getpagesize|getloadavg|gethostid|sethostid|gethostname|sethostname|getdomainname|setdomainname|get_host_address|getopt|posix_getopt|monstartup|libc_(init|start|single|fatal|secure|main|ns|sa|unwind|stack|early|rpc|interp|pthread|siglongjmp|longjmp|system|pread|pwrite|current|print|clntudp|sbrk|mcheck|freeres|register)|x86_)/,
  ),
  none(
    'the loader and the compiler',
    'no id',
    /^_{0,3}(dl_|_dl|dl[a-z]|tls_|cxa|gmon|mcount|fentry|cyg|stack_chk|chk_fail|fortify|assert|backtrace|call_tls|longjmp|setjmp|sigsetjmp|_sigsetjmp|getcontext|setcontext|makecontext|swapcontext|profile_freq|after_morecore|tr_break|rseq|twalk|register_frame|deregister_frame|register_atfork|libc_|_libc|nptl|errno|h_errno|xpg|frame_state|mcleanup|moncontrol|rtld|gcc_|fixunsdfdi)/,
  ),
];

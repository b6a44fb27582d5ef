/* jail: three tables of system calls. The reader's says what is allowed, everything else kills; courier and core, which
 * run big libraries, have one that says what is forbidden. */
#include "config.h"

#include "base/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef SANITIZED
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>

#define LOADING_MAX 10 /* s; it takes some ms */
#endif

static bool refuse(struct err *err, const char *action, int code)
{
    return err_set(err, ERR_SETUP, "jail: cannot %s: %s", action, strerrordesc_np(code));
}

static bool limit(int resource, uint64_t value, const char *action, struct err *err)
{
    const struct rlimit both = {(rlim_t)value, (rlim_t)value};
    return setrlimit((__rlimit_resource_t)resource, &both) == 0 || refuse(err, action, errno);
}

static bool is_kept(int fd, const int *keep, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (keep[i] == fd)
            return true;
    return false;
}

/* Closes whole ranges between the kept ones. */
static bool close_others(const int *keep, size_t count)
{
    int first = STDERR_FILENO + 1;
    for (size_t round = 0; round <= count; round++) {
        int stop = -1; /* the lowest kept one from `first` on */
        for (size_t i = 0; i < count; i++)
            if (keep[i] >= first && (stop < 0 || keep[i] < stop))
                stop = keep[i];
        if (stop < 0)
            return close_range((unsigned)first, ~0u, 0) == 0;
        if (stop > first && close_range((unsigned)first, (unsigned)stop - 1, 0) != 0)
            return false;
        first = stop + 1;
    }
    return true;
}

/* For kernels without close_range(2). */
static bool close_one_by_one(const int *keep, size_t count)
{
    struct rlimit files = {0};
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return false;
    for (int fd = STDERR_FILENO + 1; (rlim_t)fd < files.rlim_cur && fd < 1 << 20; fd++)
        if (!is_kept(fd, keep, count))
            close(fd);
    return true;
}

static bool open_standard(void)
{
    int fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO)
        fd = dup(fd);
    return fd >= 0 && close(fd) == 0;
}

bool jail_prologue(const int *keep, size_t keep_count, struct err *err)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    umask(077);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return refuse(err, "give up new privileges", errno);
    if (sigaction(SIGPIPE, &ignore, NULL) != 0)
        return refuse(err, "ignore SIGPIPE", errno);
    if (!open_standard())
        return refuse(err, "open /dev/null", errno);
    if (!close_others(keep, keep_count) && !close_one_by_one(keep, keep_count))
        return refuse(err, "close descriptors", errno);
    return limit(RLIMIT_CORE, 0, "forbid core dumps", err);
}

#ifdef SANITIZED

bool jail_reader(uint64_t memory_max, struct err *err)
{
    (void)memory_max; /* shadow memory needs terabytes of address space */
    return limit(RLIMIT_FSIZE, 0, "forbid files", err);
}

bool jail_courier(struct err *err)
{
    return limit(RLIMIT_CORE, 0, "forbid core dumps", err);
}

bool jail_courier_with(const char *const folders[], size_t count, struct err *err)
{
    (void)folders, (void)count;
    return jail_courier(err);
}

bool jail_core_files(const char *const folders[], size_t count, struct err *err)
{
    (void)folders, (void)count, (void)err;
    return true;
}

bool jail_core(struct err *err)
{
    return limit(RLIMIT_CORE, 0, "forbid core dumps", err);
}

#else

/* What happens at a call; with a condition, when masked argument `argument` equals `value`. */
struct rule {
    uint32_t action;
    int call;
    unsigned conditions;
    struct scmp_arg_cmp when[2];
};

#define KILL SCMP_ACT_KILL_PROCESS
#define RULE(action, name) {(action), SCMP_SYS(name), 0, {{0}}}
#define ALLOWED(name) RULE(SCMP_ACT_ALLOW, name)
#define KILLED(name) RULE(KILL, name)
#define DENIED(name, error) RULE(SCMP_ACT_ERRNO(error), name)
/* `set` are the bits of the mask that must be set, the others of it must not. */
#define BITS(argument, mask, set) {(argument), SCMP_CMP_MASKED_EQ, (scmp_datum_t)(mask), (scmp_datum_t)(set)}
#define RULE_IF(action, name, bits) {(action), SCMP_SYS(name), 1, {bits}}
#define RULE_IF_BOTH(action, name, a, b) {(action), SCMP_SYS(name), 2, {a, b}}

static const struct rule reader_rules[] = {
    ALLOWED(read),
    ALLOWED(write),
    ALLOWED(readv),
    ALLOWED(writev),
    ALLOWED(recvmsg),
    ALLOWED(sendmsg),
    ALLOWED(poll),
    ALLOWED(ppoll),
    ALLOWED(close),
    ALLOWED(fstat),
    ALLOWED(lseek),
    ALLOWED(brk),
    ALLOWED(munmap),
    ALLOWED(mremap),
    ALLOWED(madvise),
    ALLOWED(futex),
    ALLOWED(clock_gettime),
    ALLOWED(gettimeofday),
    ALLOWED(time),
    ALLOWED(getpid),
    ALLOWED(setitimer), /* ends the limit on loading this filter */
    ALLOWED(sched_yield),
    ALLOWED(rt_sigreturn),
    ALLOWED(restart_syscall),
    ALLOWED(exit),
    ALLOWED(exit_group),
    RULE_IF_BOTH(SCMP_ACT_ALLOW, mmap, BITS(2, PROT_EXEC, 0), BITS(3, MAP_ANONYMOUS, MAP_ANONYMOUS)),
    RULE_IF(SCMP_ACT_ALLOW, mprotect, BITS(2, PROT_EXEC, 0)),
    /* Libraries look for their tables and go on without. */
    DENIED(open, ENOENT),
    DENIED(openat, ENOENT),
    DENIED(openat2, ENOENT),
    DENIED(access, ENOENT),
    DENIED(faccessat, ENOENT),
    DENIED(faccessat2, ENOENT),
    DENIED(stat, ENOENT),
    DENIED(lstat, ENOENT),
    DENIED(newfstatat, ENOENT),
    DENIED(statx, ENOENT),
    DENIED(readlink, ENOENT),
    DENIED(readlinkat, ENOENT),
    DENIED(getrandom, ENOSYS),
    DENIED(ioctl, ENOTTY),
};

/* What neither courier nor core ever needs. */
static const struct rule common_rules[] = {
    KILLED(execve),
    KILLED(execveat),
    KILLED(fork),
    KILLED(vfork),
    RULE_IF(KILL, clone, BITS(0, CLONE_THREAD, 0)),
    DENIED(clone3, ENOSYS), /* its flags cannot be seen; the C library falls back to clone */
    KILLED(ptrace),
    KILLED(process_vm_readv),
    KILLED(process_vm_writev),
    KILLED(pidfd_getfd),
    KILLED(bpf),
    KILLED(perf_event_open),
    KILLED(userfaultfd),
    KILLED(io_uring_setup),
    KILLED(io_uring_enter),
    KILLED(io_uring_register),
    KILLED(keyctl),
    KILLED(add_key),
    KILLED(request_key),
    KILLED(init_module),
    KILLED(finit_module),
    KILLED(delete_module),
    KILLED(kexec_load),
    KILLED(kexec_file_load),
    KILLED(reboot),
    KILLED(swapon),
    KILLED(swapoff),
    KILLED(mount),
    KILLED(umount2),
    KILLED(move_mount),
    KILLED(mount_setattr),
    KILLED(open_tree),
    KILLED(fsopen),
    KILLED(fsmount),
    KILLED(pivot_root),
    KILLED(chroot),
    KILLED(setns),
    KILLED(unshare),
    KILLED(acct),
    KILLED(quotactl),
    KILLED(settimeofday),
    KILLED(clock_settime),
    KILLED(adjtimex),
    KILLED(clock_adjtime),
    KILLED(iopl),
    KILLED(ioperm),
    KILLED(open_by_handle_at),
    KILLED(fanotify_init),
    KILLED(personality),
    /* No page is ever both, or first writable and then executable; a library's file may be mapped. */
    RULE_IF(SCMP_ACT_ERRNO(EPERM), mprotect, BITS(2, PROT_EXEC, PROT_EXEC)),
    RULE_IF(SCMP_ACT_ERRNO(EPERM), pkey_mprotect, BITS(2, PROT_EXEC, PROT_EXEC)),
    RULE_IF(SCMP_ACT_ERRNO(EPERM), mmap, BITS(2, PROT_EXEC | PROT_WRITE, PROT_EXEC | PROT_WRITE)),
    RULE_IF_BOTH(SCMP_ACT_ERRNO(EPERM), mmap, BITS(2, PROT_EXEC, PROT_EXEC), BITS(3, MAP_ANONYMOUS, MAP_ANONYMOUS)),
    DENIED(shmat, EPERM),
};

#define NOT_FOR_WRITING(name, argument)                                                                                     \
    RULE_IF(SCMP_ACT_ERRNO(EPERM), name, BITS(argument, O_ACCMODE, O_WRONLY)),                                              \
        RULE_IF(SCMP_ACT_ERRNO(EPERM), name, BITS(argument, O_ACCMODE, O_RDWR)),                                            \
        RULE_IF(SCMP_ACT_ERRNO(EPERM), name, BITS(argument, O_ACCMODE, O_ACCMODE)),                                         \
        RULE_IF(SCMP_ACT_ERRNO(EPERM), name, BITS(argument, O_CREAT, O_CREAT)),                                             \
        RULE_IF(SCMP_ACT_ERRNO(EPERM), name, BITS(argument, O_TRUNC, O_TRUNC))

static const struct rule courier_rules[] = {
    NOT_FOR_WRITING(open, 1),
    NOT_FOR_WRITING(openat, 2),
    DENIED(openat2, ENOSYS),
    DENIED(creat, EPERM),
    DENIED(truncate, EPERM),
    DENIED(rename, EPERM),
    DENIED(renameat, EPERM),
    DENIED(renameat2, EPERM),
    DENIED(unlink, EPERM),
    DENIED(unlinkat, EPERM),
    DENIED(link, EPERM),
    DENIED(linkat, EPERM),
    DENIED(symlink, EPERM),
    DENIED(symlinkat, EPERM),
    DENIED(mkdir, EPERM),
    DENIED(mkdirat, EPERM),
    DENIED(rmdir, EPERM),
    DENIED(mknod, EPERM),
    DENIED(mknodat, EPERM),
    DENIED(chmod, EPERM),
    DENIED(fchmod, EPERM),
    DENIED(fchmodat, EPERM),
    DENIED(chown, EPERM),
    DENIED(fchown, EPERM),
    DENIED(lchown, EPERM),
    DENIED(fchownat, EPERM),
    DENIED(setxattr, EPERM),
    DENIED(lsetxattr, EPERM),
    DENIED(fsetxattr, EPERM),
    DENIED(utimensat, EPERM),
};

static const struct rule core_rules[] = {
    {SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1, {{0, SCMP_CMP_NE, AF_UNIX, 0}}},
};

static int add_rules(scmp_filter_ctx filter, const struct rule *rules, size_t count)
{
    int code = 0;
    for (size_t i = 0; i < count && code == 0; i++)
        code = seccomp_rule_add_array(filter, rules[i].action, rules[i].call, rules[i].conditions, rules[i].when);
    return code;
}

/* libseccomp, when it gets no memory for its filter, never comes back (2.5.4): then SIGALRM ends the process, and whoever started it starts it again. 0: no limit any more. */
static void limit_loading(time_t seconds)
{
    const struct itimerval until = {.it_value.tv_sec = seconds};
    (void)setitimer(ITIMER_REAL, &until, NULL);
}

/* Two tables, of which the second may be empty; what no rule names gets `otherwise`. */
static bool enter(uint32_t otherwise, const struct rule *first, size_t first_count, const struct rule *second,
                  size_t second_count, struct err *err)
{
    scmp_filter_ctx filter = seccomp_init(otherwise);
    if (filter == NULL)
        return refuse(err, "prepare the system call filter", ENOMEM);
    int code = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, KILL);
    code = code == 0 ? seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) : code;
    code = code == 0 ? add_rules(filter, first, first_count) : code;
    code = code == 0 ? add_rules(filter, second, second_count) : code;
    limit_loading(LOADING_MAX);
    code = code == 0 ? seccomp_load(filter) : code;
    limit_loading(0);
    seccomp_release(filter);
    return code == 0 || refuse(err, "load the system call filter", -code);
}

#define TABLE(rules) (rules), sizeof(rules) / sizeof *(rules)

/* Nobody else of our user may look into a process that holds secrets or strangers' mail. */
static bool hide(struct err *err)
{
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 || refuse(err, "forbid tracing", errno);
}

bool jail_reader(uint64_t memory_max, struct err *err)
{
    return hide(err) && limit(RLIMIT_FSIZE, 0, "forbid files", err) &&
           limit(RLIMIT_NOFILE, JAIL_READER_FILES, "limit descriptors", err) &&
           limit(RLIMIT_AS, memory_max, "limit memory", err) && enter(KILL, TABLE(reader_rules), NULL, 0, err);
}

bool jail_courier(struct err *err)
{
    return hide(err) && enter(SCMP_ACT_ALLOW, TABLE(common_rules), TABLE(courier_rules), err);
}

/* All that changes a file system, of the first two versions of landlock: from the second on a rename may cross folders, which
 * a Maildir cannot do without. */
#define WRITING                                                                                                             \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                       \
     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |                             \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |                          \
     LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER)

static bool allow_writing_below(int rules, const char *folder, struct err *err)
{
    struct landlock_path_beneath_attr below = {.allowed_access = WRITING};
    below.parent_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (below.parent_fd < 0)
        return err_set(err, ERR_SETUP, "jail: %s: %s", folder, strerrordesc_np(errno));
    bool good = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0) == 0 ||
                refuse(err, "allow a folder", errno);
    close(below.parent_fd);
    return good;
}

static bool write_only_below(const char *const folders[], size_t count, struct err *err)
{
    const struct landlock_ruleset_attr handled = {.handled_access_fs = WRITING};
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 2)
        return true;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled.handled_access_fs, 0);
    if (rules < 0)
        return refuse(err, "restrict folders", errno);
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        good = allow_writing_below(rules, folders[i], err);
    good = good && (syscall(SYS_landlock_restrict_self, rules, 0) == 0 || refuse(err, "restrict folders", errno));
    close(rules);
    return good;
}

bool jail_courier_with(const char *const folders[], size_t count, struct err *err)
{
    return hide(err) && write_only_below(folders, count, err) && enter(SCMP_ACT_ALLOW, TABLE(common_rules), NULL, 0, err);
}

bool jail_core_files(const char *const folders[], size_t count, struct err *err)
{
    return write_only_below(folders, count, err);
}

bool jail_core(struct err *err)
{
    return enter(SCMP_ACT_ALLOW, TABLE(common_rules), TABLE(core_rules), err);
}

#endif

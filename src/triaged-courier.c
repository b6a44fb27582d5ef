/* triaged-courier: started by triaged with its socket as descriptor 3; not to be run by hand. */
#include "base/jail.h"
#include "core/courier.h"
#include "core/wire.h"

#include <sysexits.h>

int main(void)
{
    const int keep[] = {WIRE_FD};
    struct err err = {0};
    return jail_prologue(keep, 1, &err) ? courier_run(WIRE_FD) : EX_OSERR;
}

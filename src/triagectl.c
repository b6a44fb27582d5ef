/* triagectl: how people and programs look at the desk and act on it. Everything is in src/ctl. */
#include "ctl/ctl.h"

int main(int argc, char **argv)
{
    return ctl_main(argc, argv);
}

/* empty_store FOLDER: makes a store with nothing in it, for the golden cases of the line. */
#include "store/store.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct store *store = NULL;
    struct err err = {0};
    if (argc != 2 || !store_open(&store, argv[1], true, false, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    store_close(&store);
    return 0;
}

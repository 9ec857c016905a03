/* tests/fuzz/replay.c -- runs a fuzz target over the files of a corpus, without libFuzzer.
 *   decode_replay FILE...
 * So what fuzzing has found stays tested in every build, and with every sanitizer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

/* libFuzzer's, for the target's own mutator; nothing is mutated here. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most) {
  (void)data, (void)size, (void)most;
  abort();
}

/* A block of just the input's size, so that reading past its end is seen. */
static uint8_t *read_all(const char *name, size_t *size) {
  FILE *file = fopen(name, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) return NULL;
  long length = ftell(file);
  uint8_t *data = length < 0 ? NULL : malloc((size_t)length + (length == 0));
  rewind(file);
  *size = data ? fread(data, 1, (size_t)length, file) : 0;
  (void)fclose(file);
  if (data && *size == (size_t)length) return data;
  free(data);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    (void)fprintf(stderr, "%s: no files\n", argv[0]);
    return 2;
  }
  (void)LLVMFuzzerInitialize(&argc, &argv);
  for (int i = 1; i < argc; i++) {
    size_t size;
    uint8_t *data = read_all(argv[i], &size);
    if (!data) {
      perror(argv[i]);
      return 1;
    }
    printf("%s\n", argv[i]); /* the last one printed is the one that failed */
    (void)fflush(stdout);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
  }
  return 0;
}

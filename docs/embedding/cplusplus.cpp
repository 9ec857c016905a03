// moons.h from C++: unique_ptr sees to the ends, and scripts call a function of the program.
#include <moons.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

template <auto free> struct Free {
  template <class T> void operator()(T *object) const { free(object); }
};
template <class T, auto free> using Handle = std::unique_ptr<T, Free<free>>;
using Runtime = Handle<moons_runtime, moons_runtime_free>;
using Function = Handle<moons_function, moons_function_free>;
using Thread = Handle<moons_thread, moons_thread_free>;
using Queue = Handle<moons_queue, moons_queue_free>;
using Values = Handle<moons_values, moons_values_free>;

static void check(moons_status status) {
  if (status != MOONS_OK) throw std::runtime_error(moons_status_text(status));
}

// No exception may leave a function that scripts call.
static moons_status upper(moons_call *call, void *) {
  moons_value value = moons_call_argument(call, 0);
  if (value.type != MOONS_STRING) return moons_call_fail(call, "string expected");
  std::string text(value.as.string.bytes, value.as.string.size);
  for (char &c : text) c = static_cast<char>(toupper(static_cast<unsigned char>(c)));
  return moons_call_return(call, moons_bytes(text.data(), text.size()));
}

int main() {
  const moons_c_entry functions[] = {{"text", "upper", upper, nullptr}, {}};
  moons_config config = MOONS_CONFIG;
  config.functions = functions;
  moons_runtime *runtime_made;
  check(moons_runtime_new(&config, &runtime_made));
  Runtime runtime(runtime_made);

  const std::string script = R"(
    local words, results = ...
    local text = require "text"
    for word in words:iter() do results:put { word = text.upper(word), length = #word } end
  )";
  moons_function *function_made;
  check(moons_function_new(runtime.get(), script.data(), script.size(), "=words", &function_made,
                           nullptr));
  Function function(function_made);
  moons_queue *made;
  check(moons_queue_new(runtime.get(), 0, &made));
  Queue words(made);
  check(moons_queue_new(runtime.get(), 0, &made));
  Queue results(made);

  std::vector<Thread> threads;
  for (int i = 0; i < 2; i++) {
    moons_value arguments[] = {moons_of_queue(words.get()), moons_of_queue(results.get())};
    moons_thread *thread;
    check(moons_thread_new(runtime.get(), nullptr, function.get(), arguments, 2, &thread));
    threads.emplace_back(thread);
  }
  const char *const given[] = {"one", "three", "seventeen"};
  size_t total = 0;
  for (const char *word : given) check(moons_queue_put(words.get(), moons_string(word), MOONS_FOREVER));
  for (size_t i = 0; i < 3; i++) {
    moons_values *list;
    check(moons_queue_get(results.get(), MOONS_FOREVER, &list));
    Values values(list);
    const moons_table *table = moons_values_at(list, 0).as.table;
    total += moons_table_field(table, "word").as.string.size;
    if (moons_table_field(table, "length").as.integer == 9)
      std::cout << moons_table_field(table, "word").as.string.bytes << "\n";
  }
  moons_queue_close(words.get(), 0);
  for (Thread &thread : threads) check(moons_thread_join(thread.get(), MOONS_FOREVER, nullptr));
  std::cout << total << " letters\n";
}

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** Threads that wait for work, and a heap that is always being collected. */
public class Threads {
  static final int COUNT = 120;
  static final long[] sums = new long[COUNT];
  static final Object gate = new Object();
  static long round;
  static volatile String word = "";
  static CountDownLatch done = new CountDownLatch(0);

  static void work(int index) {
    long seen = 0;
    for (;;) {
      synchronized (gate) {
        while (round == seen) {
          try {
            gate.wait();
          } catch (InterruptedException e) {
            return;
          }
        }
        seen = round;
      }
      List<byte[]> garbage = new ArrayList<>();
      for (int i = 0; i < 50; i++) garbage.add(new byte[4000]);
      sums[index] += garbage.size() + index;
      done.countDown();
    }
  }

  static synchronized long turn() throws InterruptedException {
    CountDownLatch mine;
    synchronized (gate) {
      mine = done = new CountDownLatch(COUNT);
      round++;
      gate.notifyAll();
    }
    mine.await();
    long total = 0;
    for (long sum : sums) total += sum;
    return total / round;
  }

  public static void main(String[] args) throws Exception {
    for (int i = 0; i < COUNT; i++) {
      int index = i;
      Thread thread = new Thread(() -> work(index), "worker-" + i);
      thread.setDaemon(true);
      thread.start();
    }
    HttpServer server = HttpServer.create(new InetSocketAddress(8082), 50);
    AtomicLong requests = new AtomicLong();
    server.setExecutor(Executors.newFixedThreadPool(8));
    server.createContext("/", exchange -> {
      String query = exchange.getRequestURI().getQuery();
      if (query != null) word = query;
      byte[] body;
      try {
        body = (turn() + " " + word + " " + requests.incrementAndGet()).getBytes();
      } catch (InterruptedException e) {
        body = "interrupted".getBytes();
      }
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
  }
}

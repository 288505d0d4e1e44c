import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** An HTTP server with a pool of threads, garbage to collect, and a file to write. */
public class Hello {
  static final AtomicLong requests = new AtomicLong();
  static volatile byte[] garbage;

  public static void main(String[] args) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress(args.length > 0 ? Integer.parseInt(args[0]) : 8081), 50);
    server.setExecutor(Executors.newFixedThreadPool(8));
    server.createContext("/", exchange -> {
      for (int i = 0; i < 5; i++) garbage = new byte[100_000];
      String query = exchange.getRequestURI().getQuery();
      Path file = Path.of("/var/tmp/hello-java.txt");
      if (query != null) Files.writeString(file, query);
      String note = Files.exists(file) ? Files.readString(file) : "";
      byte[] body = (ProcessHandle.current().pid() + " " + requests.incrementAndGet() + " " + note + "\n").getBytes();
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
    System.out.println("ready");
  }
}

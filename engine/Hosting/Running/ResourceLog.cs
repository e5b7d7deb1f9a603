namespace Engagement.Hosting;

/// <summary>A resource's lines: to the console with its name before them, and to <c>logs/{name}.log</c>. Thread safe.</summary>
internal sealed class ResourceLog : IDisposable
{
    private const long MaximumLength = 20_000_000;

    private readonly Lock gate = new();
    private readonly string file;
    private readonly string prefix;
    private readonly TextWriter console;
    private StreamWriter writer;
    private long written;

    public ResourceLog(string folder, string name, int width, TextWriter console)
    {
        file = Path.Combine(folder, name + ".log");
        prefix = name.PadRight(width) + " | ";
        this.console = console;
        writer = StartOver();
    }

    public string File => file;

    /// <summary>The last line that says something, to tell why a process ended.</summary>
    public string LastLine { get; private set; } = "";

    public void Write(string line)
    {
        console.WriteLine(prefix + line);
        lock (gate)
        {
            if (line.Length > 0 && !line.StartsWith("   at ", StringComparison.Ordinal))
                LastLine = line;
            if ((written += line.Length) > MaximumLength)
            {
                writer.Dispose();
                writer = StartOver();
            }
            writer.WriteLine(line);
        }
    }

    public void Dispose()
    {
        lock (gate)
            writer.Dispose();
    }

    /// <summary>Keeps one file back: that of the run before, or the part before this one.</summary>
    private StreamWriter StartOver()
    {
        if (System.IO.File.Exists(file))
            System.IO.File.Move(file, Path.ChangeExtension(file, ".previous.log"), overwrite: true);
        written = 0;
        return new StreamWriter(file) { AutoFlush = true };
    }
}

namespace Parti.Silo.Http;

/// <summary>Settings of the HTTP interface; configuration section <c>Parti:Http</c>.</summary>
public sealed class PartiHttpOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Parti:Http";

    /// <summary>Where to listen; port 0 takes a free one. Default <c>http://127.0.0.1:8080</c>.</summary>
    public string Url { get; set; } = "http://127.0.0.1:8080";

    /// <summary>Longest body of a job in bytes, 1024 to 67108864. Default 1 MiB; a longer one is answered with 413.</summary>
    public long MaxJobBodyBytes { get; set; } = 1 << 20;

    /// <summary>Longest time a submit may wait for its job (<c>Prefer: wait=N</c>), 0 to 10 minutes. Default 60 s.</summary>
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Silence after which an event stream sends a comment, so that both ends notice a dead connection; 1 s to 5 minutes. Default 15 s.</summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(15);
}

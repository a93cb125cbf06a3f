namespace Parti.Silo;

/// <summary>The folder that holds jobs and pictures, held by one process at a time.</summary>
public sealed class StateFolder : IDisposable
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string HomeVariable = "PARTI_HOME";

    private const string LockName = "lock";
    private readonly FileStream _lock;

    private StateFolder(string path, FileStream held) => (FolderPath, _lock) = (path, held);

    /// <summary>The folder, an absolute path.</summary>
    public string FolderPath { get; }

    /// <summary>Where jobs and the catalog are kept.</summary>
    public string Jobs => JobsIn(FolderPath);

    /// <summary>Where pictures are kept.</summary>
    public string Results => ResultsIn(FolderPath);

    /// <summary><c>PARTI_HOME</c>, or <c>.parti</c> in the current folder.</summary>
    public static string DefaultPath => Environment.GetEnvironmentVariable(HomeVariable) is { Length: > 0 } home ? home : ".parti";

    /// <summary>Makes the folder where it is missing and takes its lock.</summary>
    /// <param name="path">The folder; null for <see cref="DefaultPath"/>.</param>
    /// <exception cref="SiloStartException">Another process holds it, or it cannot be written to.</exception>
    public static StateFolder Take(string? path = null)
    {
        string full = Path.GetFullPath(path ?? DefaultPath);
        string file = Path.Combine(full, LockName);
        try
        {
            Directory.CreateDirectory(full);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(full, error);
        }

        try
        {
            // The operating system drops the lock with the process, however that ends.
            return new(full, new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException error)
        {
            throw Unwritable(full, error);
        }
        catch (IOException error) when (File.Exists(file))
        {
            throw new SiloStartException($"The state folder {full} is in use by another process; wait for it, or name another folder with {HomeVariable}.", error);
        }
        catch (IOException error)
        {
            throw Unwritable(full, error);
        }
    }

    internal static string JobsIn(string? path) => Path.Combine(Path.GetFullPath(path ?? DefaultPath), "state");

    internal static string ResultsIn(string? path) => Path.Combine(Path.GetFullPath(path ?? DefaultPath), "results");

    /// <summary>Gives the folder back.</summary>
    public void Dispose() => _lock.Dispose();

    private static SiloStartException Unwritable(string folder, Exception error) =>
        new($"The state folder {folder} cannot be written to ({error.Message}); name another folder with {HomeVariable}.", error);
}

using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp;

namespace Parti.Native;

/// <summary>
/// Loads libtorch once, before the first tensor, decides how many threads it may use and checks that it computes.
/// Call <see cref="Start(TorchOptions?)"/> before any other mention of <see cref="torch"/>: its static constructor
/// looks for libtorch by name and would find another one first.
/// </summary>
public static class TorchRuntime
{
    static readonly Lock gate = new();
    static TorchStartup? startup;
    static TorchStartException? failure;

    /// <summary>The flavour this build was made for.</summary>
    public static TorchFlavor Flavor { get; } = Enum.Parse<TorchFlavor>(Metadata("TorchFlavor"), ignoreCase: true);

    /// <summary>The libtorch the bridge was compiled against.</summary>
    public static Version LibTorchVersion { get; } = Version.Parse(Metadata("LibTorchVersion"));

    /// <summary>The TorchSharp this build uses.</summary>
    public static Version BridgeVersion { get; } = Version.Parse(Metadata("TorchSharpVersion"));

    /// <summary>
    /// Loads the native libraries, sets the thread count and runs the self-test. Safe from any thread and any number of
    /// times: only the first call loads; a later one with an explicit thread count changes the count.
    /// </summary>
    /// <param name="options">Null for the defaults.</param>
    /// <returns>What was found and how long it took.</returns>
    /// <exception cref="TorchStartException">
    /// libtorch is missing, of another version, or computes wrongly; one line says what to do. A later call gives the same error.
    /// </exception>
    public static TorchStartup Start(TorchOptions? options = null)
    {
        options ??= new TorchOptions();
        lock (gate)
        {
            if (failure is not null)
            {
                throw failure;
            }
            try
            {
                startup = startup is null ? First(options) : Again(startup, options);
                return startup;
            }
            catch (TorchStartException error) when (startup is null)
            {
                failure = error;
                throw;
            }
        }
    }

    static TorchStartup First(TorchOptions options)
    {
        int threads = ProcessorBudget.Threads(options.Threads, Environment.GetEnvironmentVariable(TorchOptions.ThreadsVariable), ProcessorBudget.Cores);
        NativePlatform platform = NativePlatform.Current;
        long started = Stopwatch.GetTimestamp();
        LibTorchFiles files = new LibTorchLocator(platform, Flavor, LibTorchLocator.ApplicationFolders(platform))
            .Locate(options.LibTorchFolder ?? Environment.GetEnvironmentVariable(TorchOptions.LibTorchVariable));
        Version version = LibTorchLoader.Load(files, platform, Flavor);
        Initialise(files, threads);
        TimeSpan loaded = Stopwatch.GetElapsedTime(started);
        if (options.SelfTest)
        {
            Check(files, platform);
        }
        return new TorchStartup(Flavor, version, files.Folder, threads, loaded, Stopwatch.GetElapsedTime(started) - loaded);
    }

    static TorchStartup Again(TorchStartup first, TorchOptions options)
    {
        if (options.Threads is not { } count || count == first.Threads)
        {
            return first;
        }
        int threads = ProcessorBudget.Threads(count, null, ProcessorBudget.Cores);
        torch.set_num_threads(threads);
        return first with { Threads = threads };
    }

    /// <summary>The first mention of <see cref="torch"/>; never inlined, so that its static constructor runs no earlier.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Initialise(LibTorchFiles files, int threads)
    {
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            if (files.HasCuda)
            {
                torch.InitializeDeviceType(DeviceType.CUDA);
            }
            torch.set_num_threads(threads);
            // Operations follow each other; a second pool would only compete with the threads within an operation.
            torch.set_num_interop_threads(1);
        }
        catch (Exception error) when (error is TypeInitializationException or NotSupportedException or DllNotFoundException)
        {
            throw LoadFailure.Refused(NativePlatform.Current, Flavor, files.Bridge, error.GetBaseException().Message, error);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Check(LibTorchFiles files, NativePlatform platform)
    {
        if (TorchSelfTest.FirstFailure() is { } operation)
        {
            throw LoadFailure.Error(platform, Flavor, $"the self-test of {operation} with the libtorch in {files.Folder} gives a wrong result",
                $"use libtorch {LibTorchVersion} as published for {platform.Rid}");
        }
    }

    static string Metadata(string key)
        => typeof(TorchRuntime).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(attribute => attribute.Key == key).Value!;
}

using System.Text.RegularExpressions;

namespace Parti.Native;

/// <summary>Turns what a native loader says into one line with a way out.</summary>
internal static partial class LoadFailure
{
    /// <summary>An error that names platform, flavour, problem and remedy.</summary>
    public static TorchStartException Error(NativePlatform platform, TorchFlavor flavor, string problem, string remedy, Exception? inner = null)
        => new($"libtorch cannot be used ({platform.Rid}, flavour {flavor.ToString().ToLowerInvariant()}): {problem}. Way out: {remedy}.", inner);

    /// <summary>The error for a file the loader refused.</summary>
    /// <param name="platform">Platform of this process.</param>
    /// <param name="flavor">Flavour of this build.</param>
    /// <param name="file">The file that was to be loaded.</param>
    /// <param name="said">The loader's words.</param>
    /// <param name="inner">The loader's exception, if any.</param>
    public static TorchStartException Refused(NativePlatform platform, TorchFlavor flavor, string file, string said, Exception? inner = null)
        => Error(platform, flavor, $"{file} does not load: {Reason(said, file)}", Remedy(said), inner);

    /// <summary>The way out for a loader's message.</summary>
    public static string Remedy(string said)
    {
        if (NeededVersion().Match(said) is { Success: true } needed)
        {
            string version = needed.Value;
            return version.StartsWith("GLIBC_", StringComparison.Ordinal)
                ? $"this system's C library is older than {version}; use Debian 12, Ubuntu 22.04 or newer"
                : $"this system's libstdc++ is older than {version}; build with this repository's MSBuild targets, which repair the bridge in the output, or use Debian 13, Ubuntu 24.04 or newer";
        }
        if (said.Contains("undefined symbol", StringComparison.Ordinal))
        {
            return $"this libtorch's binary interface differs; use libtorch {TorchRuntime.LibTorchVersion}";
        }
        if (MissingLibrary().Match(said) is { Success: true } missing)
        {
            return $"install the library {missing.Groups[1].Value}, or take a libtorch folder that has all its files";
        }
        return $"replace the file; it must be of a libtorch {TorchRuntime.LibTorchVersion} for {NativePlatform.Current.Rid}";
    }

    /// <summary>The last statement of a message that may list every place tried.</summary>
    static string Reason(string said, string file)
    {
        string[] lines = [.. said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        string reason = lines.FirstOrDefault(line => line.StartsWith(file, StringComparison.Ordinal))
            ?? lines.FirstOrDefault(line => line.Contains(": ", StringComparison.Ordinal)) ?? lines.FirstOrDefault() ?? "no reason given";
        return reason.StartsWith(file + ": ", StringComparison.Ordinal) ? reason[(file.Length + 2)..] : reason.TrimEnd('.');
    }

    [GeneratedRegex(@"(GLIBC|GLIBCXX|CXXABI)_[0-9.]+(?=')")]
    private static partial Regex NeededVersion();

    [GeneratedRegex(@"(\S+): cannot open shared object file")]
    private static partial Regex MissingLibrary();
}

using System.Runtime.InteropServices;

namespace Parti.Inference.Kernels;

/// <summary>
/// Memory in pages of 2 MiB in place of 4 KiB. Weights and caches of hundreds of megabytes are more pages than a processor keeps in mind, and a
/// virtual machine pays twice for each one forgotten: a step over them is some percent shorter.
/// </summary>
static unsafe partial class LargePages
{
    /// <summary>Bytes of a page, and its alignment.</summary>
    public const nuint Size = 2 << 20;

    const int HugePages = 14;

    /// <summary>Asks for large pages where the system gives them to whoever asks; a refusal changes nothing but speed.</summary>
    /// <param name="start">Aligned to <see cref="Size"/>.</param>
    /// <param name="bytes">At least <see cref="Size"/>.</param>
    public static void Ask(void* start, nuint bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Advise(start, bytes / Size * Size, HugePages);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint bytes, int advice);
}

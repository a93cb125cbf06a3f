using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Parti.Training.Tests.Text;

/// <summary>SentencePiece's own command line, where it is installed (Debian's package <c>sentencepiece</c>).</summary>
static class ReferenceTool
{
    internal static bool IsThere => new[] { "spm_encode", "spm_train" }.All(name => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name))));

    /// <summary>Ids of each line.</summary>
    internal static async Task<IReadOnlyList<int[]>> EncodeAsync(string model, IReadOnlyList<string> lines)
    {
        string input = Path.GetTempFileName(), output = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(input, string.Concat(lines.Select(line => line + "\n")), new UTF8Encoding(false));
            await RunAsync("spm_encode", $"--model={model}", "--output_format=id", $"--input={input}", $"--output={output}");
            string[] ids = (await File.ReadAllTextAsync(output)).Split('\n');
            Assert.Equal(lines.Count, ids.Length - 1);
            return [.. ids[..^1].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture)).ToArray())];
        }
        finally
        {
            File.Delete(input);
            File.Delete(output);
        }
    }

    /// <summary>Trains a model of another maker.</summary>
    internal static async Task TrainAsync(string prefix, IReadOnlyList<string> lines, params string[] options)
    {
        string input = Path.GetTempFileName();
        await File.WriteAllTextAsync(input, string.Concat(lines.Select(line => line + "\n")), new UTF8Encoding(false));
        await RunAsync("spm_train", [$"--input={input}", $"--model_prefix={prefix}", "--num_threads=1", .. options]);
        File.Delete(input);
        File.Delete(prefix + ".vocab");
    }

    static async Task RunAsync(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        await output;
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {string.Join(' ', (await errors).TrimEnd().Split('\n').TakeLast(2))}");
    }
}

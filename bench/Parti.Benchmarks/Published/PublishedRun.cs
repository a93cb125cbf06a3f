using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Parti.Abstractions;
using Parti.Client;
using Parti.Testing;

namespace Parti.Benchmarks.Published;

/// <summary>One published model from its files to stored pictures: import, verification, a silo in a process of its own, two jobs of one seed.</summary>
/// <param name="model">The model.</param>
/// <param name="folder">A folder of its own, deleted when disposed.</param>
/// <param name="threads">Threads of the silo.</param>
sealed partial class PublishedRun(PublishedModel model, string folder, int threads) : IDisposable
{
    const ulong Seed = 7;
    const double Billion = 1e9;

    string Source => Path.Combine(folder, "source");

    string Models => Path.Combine(folder, "models");

    string State => Path.Combine(folder, "state");

    string Target => Path.Combine(Models, model.Name);

    /// <summary>Does all of it.</summary>
    /// <returns>A row of the table.</returns>
    /// <exception cref="InvalidOperationException">Something is not as it should be; the message says what.</exception>
    public async Task<string[]> RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Source);
        Directory.CreateDirectory(Models);
        model.Write(Source);
        long published = Directory.EnumerateFiles(Source).Sum(file => new FileInfo(file).Length);
        string imported = model.IsImageTokenizer ? Path.Combine(folder, "part") : Target;
        ProgramEnd import = await PartiAsync(["models", "import", Source, imported, "--accept-licence"], cancellationToken);
        await PartiAsync(["models", "verify", imported], cancellationToken);
        Directory.Delete(Source, recursive: true);
        if (model.IsImageTokenizer)
        {
            TokenizerModel.Write(imported, Target);
            await PartiAsync(["eval", "recon", "--model", Target, "--pictures", "1"], cancellationToken);
        }
        return [model.Name, model.Form, $"{published / Billion:F2}", $"{import.Seconds:F1}", $"{import.PeakBytes / Billion:F2}", .. await ServeAsync(cancellationToken)];
    }

    public void Dispose()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    async Task<string[]> ServeAsync(CancellationToken cancellationToken)
    {
        await using ServerProcess silo = ServerProcess.Start(
            Path.Combine(AppContext.BaseDirectory, "Parti.Silo"),
            ["--model-path", Models, "--Parti:Http:Url=http://127.0.0.1:0", "--Parti:Worker:Slots=1"],
            new Dictionary<string, string?> { ["PARTI_HOME"] = State, ["PARTI_THREADS"] = threads.ToString(CultureInfo.InvariantCulture) });
        string listens = await silo.LineAsync(line => line.Contains(" listens at ", StringComparison.Ordinal), cancellationToken);
        using HttpPartiClient client = new(new() { Server = new(Address().Match(listens).Value) });
        GenerationResult first = await DrawAsync(client, cancellationToken), second = await DrawAsync(client, cancellationToken);
        Require(first.Job.Id != second.Job.Id, "the second job is the first");
        Require(first.Images[0].Bytes.Span.SequenceEqual(second.Images[0].Bytes.Span), "the same seed gave other bytes");
        using Process process = Process.GetProcessById(silo.Id);
        StageTimings timings = second.Job.Timings;
        string loaded = Loaded().Match(silo.Output).Groups[1].Value;
        return
        [
            $"{double.Parse(loaded, CultureInfo.InvariantCulture) / 1e3:F1}", Seconds(timings.TotalMs), Seconds(timings.SampleMs), Seconds(timings.DetokenizeMs),
            $"{process.WorkingSet64 / Billion:F2}", $"{first.Images[0].Width}", first.Images[0].Sha256[..12],
        ];
    }

    async Task<GenerationResult> DrawAsync(HttpPartiClient client, CancellationToken cancellationToken)
    {
        GenerationResult drawn = await client.GenerateAsync(model.Prompt, new() { Model = model.Name, Seed = Seed }, cancellationToken);
        GeneratedImage image = drawn.Images[0];
        Require(image.Width == model.Edge && image.Height == model.Edge, $"the picture is {image.Width}x{image.Height} in place of {model.Edge}");
        string blob = Directory.EnumerateFiles(State, "*.png", SearchOption.AllDirectories).Single(file => file.Contains(drawn.Job.Id, StringComparison.Ordinal));
        Require(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(blob, cancellationToken))) == image.Sha256, $"{blob} is not what the job says");
        Require(Convert.ToHexStringLower(SHA256.HashData(image.Bytes.Span)) == image.Sha256, "what was fetched is not what the job says");
        return drawn;
    }

    async Task<ProgramEnd> PartiAsync(string[] arguments, CancellationToken cancellationToken)
    {
        ProgramEnd end = await ProgramEnd.OfAsync(
            Path.Combine(AppContext.BaseDirectory, "parti"), arguments, new() { ["PARTI_HOME"] = State, ["PARTI_THREADS"] = threads.ToString(CultureInfo.InvariantCulture) }, cancellationToken);
        Require(end.Code == 0, $"parti {string.Join(' ', arguments)} ended with {end.Code}: {end.Error}");
        return end;
    }

    void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"{model.Name}: {otherwise}");
        }
    }

    static string Seconds(long? milliseconds) => $"{milliseconds / 1e3:F1}";

    [GeneratedRegex(@"http://\S+")]
    private static partial Regex Address();

    [GeneratedRegex(@"loaded in (\d+) ms")]
    private static partial Regex Loaded();
}

namespace Parti.EndToEnd.Tests;

public sealed class KilledTrainingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parti-killed-training-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Train_KilledAtTenRandomMoments_EndsWithTheBytesOfAnUndisturbedRun()
    {
        await EndAsync("data", "make", Pictures, "--count", "12");
        await CompareAsync("vqgan", TinyTraining.Vqgan, kills: 10);
    }

    [Fact]
    public async Task Train_TransformerOnItsTokenCacheKilled_EndsWithTheBytesOfAnUndisturbedRun()
    {
        await EndAsync("data", "make", Pictures, "--count", "12");
        foreach (string run in new[] { Whole, Killed })
        {
            await EndAsync("train", "tokenizer", "--run", run, "--data", Pictures, "--vocabulary", "300");
            await EndAsync([.. Train(run, "vqgan", TinyTraining.Vqgan), "--steps", "50"]);
        }

        // The run that is killed goes on with two devices, with one, with two again.
        string settings = TinyTraining.Transformer.Replace("\"batch\": 4", "\"batch\": 2, \"accumulate\": 2", StringComparison.Ordinal);
        await CompareAsync("transformer", settings, kills: 4, "cpu,cpu", "cpu");
    }

    private string Pictures => Path.Combine(_folder, "pictures");

    private string Whole => Path.Combine(_folder, "whole");

    private string Killed => Path.Combine(_folder, "killed");

    private async Task CompareAsync(string part, string settings, int kills, params string[] devices)
    {
        string[] Killing(int life) => [.. Train(Killed, part, settings), "--device", devices.Length == 0 ? "cpu" : devices[life % devices.Length]];
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        Random random = new(seed);
        await EndAsync(Train(Whole, part, settings));
        for (int kill = 0; kill < kills; kill++)
        {
            await KillAfterAsync(random.Next(1, 5), [.. Killing(kill), .. kill > 0 && HasCheckpoint(part) ? new[] { "--resume" } : []]);
        }

        Assert.True(HasCheckpoint(part), "Every process was killed before its first checkpoint.");
        await EndAsync([.. Killing(kills), "--resume"]);
        foreach (string name in new[] { "weights.safetensors", "metrics.csv", "checkpoint.safetensors" })
        {
            Assert.Equal(await BytesAsync(Whole, part, name), await BytesAsync(Killed, part, name));
        }
    }

    private bool HasCheckpoint(string part) => File.Exists(Path.Combine(Killed, part, "checkpoint.safetensors"));

    private string[] Train(string run, string part, string settings) =>
        ["train", part, "--run", run, "--data", Pictures, "--config", TinyTraining.Write(_folder, part, settings)];

    private static Task<byte[]> BytesAsync(string run, string part, string name) =>
        File.ReadAllBytesAsync(Path.Combine(run, part, name), TestContext.Current.CancellationToken);

    private async Task KillAfterAsync(int rows, string[] arguments)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        using PartiProcess process = new(Path.Combine(_folder, "state"), arguments);
        for (int i = 0; i < rows; i++)
        {
            Assert.NotNull(await process.LineAsync(line => line.StartsWith("step ", StringComparison.Ordinal), stop));
        }

        await process.KillAsync(stop);
    }

    private async Task EndAsync(params string[] arguments)
    {
        using PartiProcess process = new(Path.Combine(_folder, "state"), arguments);
        await process.EndAsync(TestContext.Current.CancellationToken);
    }
}

using Parti.Models.Checkpoints;

namespace Parti.Models.Tests.Checkpoints;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Write_OverAnOldFile_ReplacesItAndLeavesNothingElse()
    {
        AtomicFile.Write(_directory["file"], Bytes(1));
        AtomicFile.Write(_directory["file"], Bytes(2));

        Assert.Equal([2], File.ReadAllBytes(_directory["file"]));
        Assert.Single(Directory.GetFiles(_directory.Path));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("aside")]
    public void Write_ThatFailsHalfway_KeepsTheOldFileAndLeavesNothingElse(string? temporaryFolder)
    {
        AtomicFile.CreateDirectory(_directory["aside"]);
        AtomicFile.Write(_directory["file"], Bytes(1));

        Assert.Throws<InvalidDataException>(() => AtomicFile.Write(_directory["file"], Halfway, temporaryFolder is null ? null : _directory[temporaryFolder]));

        Assert.Equal([1], File.ReadAllBytes(_directory["file"]));
        Assert.Single(Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void TryCreate_WhereAFileIs_SaysSoAndKeepsIt()
    {
        Assert.True(AtomicFile.TryCreate(_directory["file"], Bytes(1)));
        Assert.False(AtomicFile.TryCreate(_directory["file"], Bytes(2)));

        Assert.Equal([1], File.ReadAllBytes(_directory["file"]));
        Assert.Single(Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public void TryCreate_FromManyThreadsAtOnce_CreatesExactlyOnce() =>
        Assert.All(CreatedByRacers((temporary, path) => AtomicFile.TryCreate(path, Bytes(1), temporary)), created => Assert.Equal(1, created));

    [Fact]
    public void TryRename_FromManyThreadsAtOnce_GivesTheNameOnce()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone renames without replacing.");
        Assert.All(
            CreatedByRacers((temporary, path) =>
            {
                string own = Path.Combine(temporary, Guid.NewGuid().ToString("N"));
                File.WriteAllBytes(own, [1]);
                return ExclusiveName.TryRename(own, path) == true;
            }),
            created => Assert.Equal(1, created));
    }

    [Fact]
    public void Write_IntoAMissingDirectory_SaysThatItIsMissing() =>
        Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Write(_directory["none/file"], Bytes(1)));

    [Fact]
    public void CreateDirectory_SeveralMissing_MakesAllAndBearsRepetition()
    {
        AtomicFile.CreateDirectory(_directory["a/b/c"]);
        AtomicFile.CreateDirectory(_directory["a/b/c"]);

        Assert.True(Directory.Exists(_directory["a/b/c"]));
    }

    [Fact]
    public void CreateDirectory_FileInTheWay_Fails()
    {
        AtomicFile.Write(_directory["a"], Bytes(1));

        Assert.ThrowsAny<IOException>(() => AtomicFile.CreateDirectory(_directory["a/b"]));
    }

    [Fact]
    public void RemoveLeftovers_OldAndNewFiles_TakesTheOldOnes()
    {
        AtomicFile.Write(_directory["old"], Bytes(1));
        AtomicFile.Write(_directory["new"], Bytes(1));
        File.SetLastWriteTimeUtc(_directory["old"], DateTime.UnixEpoch);

        AtomicFile.RemoveLeftovers(_directory.Path, TimeProvider.System);
        AtomicFile.RemoveLeftovers(_directory["none"], TimeProvider.System);

        Assert.Equal([_directory["new"]], Directory.GetFiles(_directory.Path));
    }

    [Theory]
    [InlineData(28, FileFault.Full)]
    [InlineData(122, FileFault.Full)]
    [InlineData(30, FileFault.ReadOnly)]
    [InlineData(5, FileFault.Other)]
    public void Of_WhatLinuxSays_NamesTheFault(int errno, FileFault fault)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The numbers are Linux's.");

        Assert.Equal(fault, FileFaults.Of(new IOException("said", errno)));
        Assert.Equal(FileFault.ReadOnly, FileFaults.Of(new UnauthorizedAccessException("said")));
    }

    // How many of the threads that go off together say that they created the file, one number a file.
    private int[] CreatedByRacers(Func<string, string, bool> create)
    {
        const int Racers = 4, Files = 300;
        string aside = _directory["aside"];
        AtomicFile.CreateDirectory(aside);
        int[] created = new int[Files];
        using Barrier start = new(Racers);
        Thread[] racers =
        [
            .. Enumerable.Range(0, Racers).Select(_ => new Thread(() =>
            {
                for (int file = 0; file < Files; file++)
                {
                    start.SignalAndWait();
                    if (create(aside, _directory[$"file{file}"]))
                    {
                        Interlocked.Increment(ref created[file]);
                    }
                }
            })),
        ];
        Array.ForEach(racers, racer => racer.Start());
        Array.ForEach(racers, racer => racer.Join());
        return created;
    }

    private static Action<Stream> Bytes(params byte[] bytes) => stream => stream.Write(bytes);

    private static void Halfway(Stream stream)
    {
        stream.WriteByte(9);
        throw new InvalidDataException("halfway");
    }
}
